import type { Claim } from '../../protocol/entity.ts'
import type { FileOptions } from '../options.ts'
import type { RelayLimits } from '../relay-limits.ts'
import type { AppServiceConfig } from './app-service-config.ts'
import type { ArmConfig, IdentityConfig } from './identity-config.ts'
import type { NetworkConfig } from './network-config.ts'

/** A rule as the file writes it; a key left out or empty is filled in. */
export type RuleConfig = {
  readonly name: string
  readonly rights: readonly Claim[]
  readonly primaryKey?: string
  readonly secondaryKey?: string
}

export type HybridConnectionConfig = {
  readonly name: string
  readonly requiresClientAuthorization?: boolean
  /** A map, or the string exactly as Azure stores it. */
  readonly userMetadata?: string | Readonly<Record<string, string>>
  readonly authorizationRules?: readonly RuleConfig[]
}

export type NamespaceConfig = {
  readonly name: string
  readonly hosts?: readonly string[]
  readonly location?: string
  readonly resourceGroup?: string
  readonly authorizationRules?: readonly RuleConfig[]
  readonly hybridConnections?: readonly HybridConnectionConfig[]
}

/** Who may use the admin port (dashboard 8). An empty token means that none is needed. */
export type AdminConfig = { readonly token: string; readonly allowedHosts: readonly string[] }

/** A configuration file, checked. `namespaces` is undefined when the file says nothing about them. */
export type ConfigDocument = {
  readonly options: FileOptions
  readonly namespaces: readonly NamespaceConfig[] | undefined
  readonly limits: Partial<RelayLimits>
  readonly admin: Partial<AdminConfig>
  readonly network: Partial<NetworkConfig>
  readonly identity: IdentityConfig
  readonly arm: ArmConfig
  readonly appService: AppServiceConfig
}
