/** What a rule may do. `Manage` implies the other two. Source: relay-protocol 2.5. */
export type Claim = 'Listen' | 'Send' | 'Manage'
export const CLAIMS: readonly Claim[] = ['Listen', 'Send', 'Manage']

/** A shared access policy. Keys are signed with as text, never decoded. */
export type AuthorizationRule = {
  readonly name: string
  readonly rights: readonly Claim[]
  readonly primaryKey: string
  readonly secondaryKey: string
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

/** One namespace: a DNS host with entities. Names are compared without case and kept as first written. */
export type Namespace = {
  readonly name: string
  /** Further names it answers to beside NAME.servicebus.windows.net and NAME.servicebus.localhost. */
  readonly hosts: readonly string[]
  readonly location: string
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
