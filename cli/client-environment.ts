/** What the ready document says of a namespace (product 3); all that these variables need. */
export type NamespaceStrings = {
  readonly name: string
  readonly connectionString: string
  readonly hybridConnections: readonly {
    readonly name: string
    readonly listenConnectionString: string
    readonly sendConnectionString: string
  }[]
}

/**
 * The variables by which programs on this machine use the emulator:
 *
 * | Variable | Read by |
 * | --- | --- |
 * | `RELAY_EMULATOR_ADMIN_URL`, `RELAY_EMULATOR_CA` | our own commands |
 * | `NODE_EXTRA_CA_CERTS` | Node |
 * | `SSL_CERT_FILE`, `REQUESTS_CA_BUNDLE`, `CURL_CA_BUNDLE` | OpenSSL (.NET on Linux, Go, Ruby), Python requests, curl |
 * | `RELAY_CONNECTION_STRING` | the first namespace, rule RootManageSharedAccessKey |
 * | `RELAY_LISTEN_CONNECTION_STRING_X`, `RELAY_SEND_CONNECTION_STRING_X` | hybrid connection X of the first namespace |
 * | `RELAY_CONNECTION_STRING_N`, `RELAY_LISTEN_CONNECTION_STRING_N_X`, ... | the same for every further namespace N |
 *
 * X and N are names in capitals with `_` for all but letters and digits. Where two names fall together, the
 * first one keeps the variable.
 */
export function clientEnvironment(input: {
  readonly adminUrl: string
  readonly trust: { readonly caFile: string; readonly bundleFile: string } | null
  readonly namespaces: readonly NamespaceStrings[]
}): Record<string, string> {
  const variables: Record<string, string> = { RELAY_EMULATOR_ADMIN_URL: input.adminUrl }
  if (input.trust) {
    const { caFile, bundleFile } = input.trust
    variables.RELAY_EMULATOR_CA = caFile
    variables.NODE_EXTRA_CA_CERTS = caFile
    for (const name of ['SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE'])
      variables[name] = bundleFile
  }
  for (const [index, namespace] of input.namespaces.entries()) {
    const prefix = index === 0 ? [] : [namespace.name]
    addOnce(variables, ['RELAY_CONNECTION_STRING', ...prefix], namespace.connectionString)
    for (const entity of namespace.hybridConnections) {
      const names = [...prefix, entity.name]
      addOnce(
        variables,
        ['RELAY_LISTEN_CONNECTION_STRING', ...names],
        entity.listenConnectionString,
      )
      addOnce(variables, ['RELAY_SEND_CONNECTION_STRING', ...names], entity.sendConnectionString)
    }
  }
  return variables
}

/** An empty value stands for a string that no rule is left to make. */
function addOnce(variables: Record<string, string>, words: readonly string[], value: string): void {
  if (value === '') return
  const name = words.map((word) => word.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')).join('_')
  variables[name] ??= value
}
