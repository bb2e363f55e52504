/** Registers this emulator as a cloud of the Azure CLI. Source: management-plane 1.4. */
export function cloudLines(armUrl: string): readonly string[] {
  const config = JSON.stringify({
    endpoints: {
      resourceManager: `${armUrl}/`,
      management: 'https://management.core.windows.net/',
      activeDirectory: `${armUrl}/adfs`,
      activeDirectoryResourceId: 'https://management.core.windows.net/',
      activeDirectoryGraphResourceId: `${armUrl}/`,
      microsoftGraphResourceId: `${armUrl}/`,
    },
    suffixes: { storageEndpoint: 'core.localhost' },
  })
  return [
    'export AZURE_CONFIG_DIR="$HOME/.relay-emulator-az" AZURE_CORE_COLLECT_TELEMETRY=no',
    `az cloud register -n RelayEmulator --cloud-config '${config}'`,
    'az cloud set -n RelayEmulator',
  ]
}

export function loginLine(input: {
  readonly tenantId: string
  readonly clientId: string
  readonly clientSecret: string
}): string {
  const { tenantId, clientId, clientSecret } = input
  const secret = clientSecret.replaceAll("'", `'\\''`)
  return `az login --service-principal -u ${clientId} -p '${secret}' --tenant ${tenantId}`
}
