/** What a rule may do. `Manage` implies the other two. Source: relay-protocol 2.5. */
export type Claim = 'Listen' | 'Send' | 'Manage'
export const CLAIMS: readonly Claim[] = ['Listen', 'Send', 'Manage']

/** A shared access policy. Keys are signed with as text, never decoded. */
export type AuthorizationRule = {
  readonly name: string
  readonly rights: readonly Claim[]
  readonly primaryKey: string
  readonly secondaryKey: string
  /** `runtime` for a rule that was made while the server ran; left out for one of the configuration. */
  readonly origin?: 'runtime'
}

/** Where an entity came from: the configuration file, or a call made while the server ran. */
export type Origin = 'file' | 'runtime'

/** One hybrid connection. `userMetadata` is kept byte for byte; undefined when it was never set. */
export type HybridConnection = {
  readonly name: string
  readonly requiresClientAuthorization: boolean
  readonly userMetadata: string | undefined
  readonly authorizationRules: readonly AuthorizationRule[]
  readonly origin: Origin
  /** ISO 8601 UTC with milliseconds. */
  readonly createdAt: string
  readonly updatedAt: string
}

/** Who may reach a namespace by address. Source: relay-protocol 8.4, management-plane 4.5. */
export type NetworkRuleSet = {
  readonly publicNetworkAccess: 'Enabled' | 'Disabled' | 'SecuredByPerimeter'
  /** What happens to an address that no rule names. */
  readonly defaultAction: 'Allow' | 'Deny'
  /** The first rule that matches counts. `ipMask` is an address or a CIDR block. */
  readonly ipRules: readonly IpRule[]
  readonly trustedServiceAccessEnabled: boolean
}
export type IpRule = { readonly ipMask: string; readonly action: 'Allow' | 'Deny' }

/** One namespace: a DNS host with entities. Names are compared without case and kept as first written. */
export type Namespace = {
  readonly name: string
  /** Further names it answers to beside NAME.servicebus.windows.net and NAME.servicebus.localhost. */
  readonly hosts: readonly string[]
  readonly location: string
  /** Resource group of the management plane; the default one when left out. */
  readonly resourceGroup?: string | undefined
  readonly tags?: Readonly<Record<string, string>> | undefined
  /** Left out: every address may come. */
  readonly networkRules?: NetworkRuleSet | undefined
  readonly authorizationRules: readonly AuthorizationRule[]
  readonly hybridConnections: readonly HybridConnection[]
  readonly origin: Origin
  readonly createdAt: string
  readonly updatedAt: string
}

/** True when a rule holding `rights` may do what needs `claim`. */
export function grants(rights: readonly Claim[], claim: Claim): boolean {
  return rights.includes(claim) || rights.includes('Manage')
}
