import type { AuthorizationRule, Namespace } from '../../protocol/entity.ts'
import { connectionStrings } from '../namespace/connection-strings.ts'
import type { RuleKeys } from './contract.ts'

/** Where a policy's connection strings lead. */
export type KeyPlace = {
  readonly namespace: Namespace
  /** True for the first namespace, which answers to localhost. */
  readonly isFirst: boolean
  /** Undefined for a policy of the namespace itself. */
  readonly hybridConnection: string | undefined
  /** Port of the relay over TLS. */
  readonly port: number
}

/** The keys of a policy with the connection strings made from them; those not named after Azure lead here. */
export function ruleKeys(rule: AuthorizationRule, place: KeyPlace): RuleKeys {
  const { primaryKey, secondaryKey } = rule
  const primary = connectionStrings({ ...place, rule })
  const secondary = connectionStrings({ ...place, rule: { ...rule, primaryKey: secondaryKey } })
  return {
    keyName: rule.name,
    primaryKey,
    secondaryKey,
    primaryConnectionString: primary.local,
    secondaryConnectionString: secondary.local,
    gateway: {
      azure: primary.azure,
      local: primary.local,
      configured: [...primary.configured],
    },
  }
}
