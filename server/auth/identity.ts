import type { TrustedIssuer } from './entra-verifier.ts'

/** Somebody who can sign in at the emulator's Entra ID. */
export type IdentityPrincipal = {
  readonly kind: 'servicePrincipal' | 'user' | 'managedIdentity'
  /** Display name; the user name (`name@domain`) of a user. */
  readonly name: string
  /** GUID that role assignments name. */
  readonly objectId: string
  /** GUID of the application; empty for a user. */
  readonly clientId: string
  /** Client secret or password; empty for a managed identity. */
  readonly secret: string
  /** Resource id of a user-assigned managed identity; empty for others. */
  readonly resourceId: string
  /** Object ids of groups. */
  readonly groups: readonly string[]
  /** Roles of the configuration; a scope of null is the subscription. */
  readonly roles: readonly { readonly roleId: string; readonly scope: string | null }[]
}

/** The tenant and the subscription that the emulator plays, and who is in them. Source: management-plane 2, 6. */
export type Identity = {
  readonly tenantId: string
  /** Verified domain of the tenant. */
  readonly domain: string
  readonly principals: readonly IdentityPrincipal[]
  /** Issuers beside the emulator itself, e.g. those of Azure. */
  readonly issuers: readonly TrustedIssuer[]
  /** What callers of the App Service form of the managed identity endpoint show in `X-IDENTITY-HEADER`. */
  readonly identityHeader: string
}

/** Settings of the management plane. */
export type ArmSettings = {
  readonly subscriptionId: string
  readonly subscriptionName: string
  /** Host that connection strings and endpoints name: this emulator's own, or the name in Azure. */
  readonly endpoints: 'local' | 'azure'
  /** Further names of the port, which the certificate then holds, e.g. `management.azure.com`. */
  readonly hosts: readonly string[]
  /** Login endpoint that cloud metadata names; `auto` goes by the version asked for. */
  readonly loginStyle: 'auto' | 'adfs' | 'aad'
}
