import type { AdminClient } from './admin-client.ts'

/** What a running emulator's Entra ID and ARM are called, with the secret of its first service principal. */
export type AzureIdentity = {
  readonly armUrl: string
  readonly tenantId: string
  readonly subscriptionId: string
  /** Of the key that signs tokens: another one makes kept tokens worthless. */
  readonly keyId: string
  readonly clientId: string
  readonly clientSecret: string
  readonly identityHeader: string
}

/** Asks a running emulator; revealing the secret is an event there. */
export async function readAzureIdentity(admin: AdminClient): Promise<AzureIdentity> {
  const [facts, credentials] = await Promise.all([
    admin.get<Omit<AzureIdentity, keyof Credentials>>('/identity'),
    admin.post<Credentials>('/identity/credentials'),
  ])
  const { armUrl, tenantId, subscriptionId, keyId } = facts
  return { armUrl, tenantId, subscriptionId, keyId, ...credentials }
}

type Credentials = Pick<AzureIdentity, 'clientId' | 'clientSecret' | 'identityHeader'>

/**
 * The variables by which SDKs and Terraform use the emulator:
 *
 * | Variable | Read by |
 * | --- | --- |
 * | `AZURE_AUTHORITY_HOST`, `AZURE_TENANT_ID`, `AZURE_CLIENT_ID`, `AZURE_CLIENT_SECRET` | Azure Identity libraries |
 * | `AZURE_SUBSCRIPTION_ID`, `AZURE_RESOURCE_MANAGER_URL` | your own code |
 * | `IDENTITY_ENDPOINT`, `IDENTITY_HEADER` | managed identity, App Service form |
 * | `AZURE_POD_IDENTITY_AUTHORITY_HOST` | managed identity, IMDS form |
 * | `ARM_METADATA_HOSTNAME`, `ARM_ENVIRONMENT`, `ARM_TENANT_ID`, `ARM_CLIENT_ID`, `ARM_CLIENT_SECRET`, `ARM_SUBSCRIPTION_ID` | Terraform's azurerm |
 */
export function azureEnvironment(
  identity: AzureIdentity,
  adminUrl: string,
): Record<string, string> {
  const { armUrl, tenantId, subscriptionId, clientId, clientSecret, identityHeader } = identity
  return {
    AZURE_AUTHORITY_HOST: armUrl,
    AZURE_TENANT_ID: tenantId,
    AZURE_CLIENT_ID: clientId,
    AZURE_CLIENT_SECRET: clientSecret,
    AZURE_SUBSCRIPTION_ID: subscriptionId,
    AZURE_RESOURCE_MANAGER_URL: armUrl,
    IDENTITY_ENDPOINT: `${adminUrl}/msi/token`,
    IDENTITY_HEADER: identityHeader,
    AZURE_POD_IDENTITY_AUTHORITY_HOST: adminUrl,
    ARM_METADATA_HOSTNAME: new URL(armUrl).host,
    ARM_ENVIRONMENT: 'Emulator',
    ARM_TENANT_ID: tenantId,
    ARM_CLIENT_ID: clientId,
    ARM_CLIENT_SECRET: clientSecret,
    ARM_SUBSCRIPTION_ID: subscriptionId,
  }
}
