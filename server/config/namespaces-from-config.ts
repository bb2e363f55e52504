import type { AuthorizationRule, HybridConnection, Namespace } from '../../protocol/entity.ts'
import { ROOT_RULE_NAME } from '../../protocol/published-keys.ts'
import { formatUserMetadata } from '../../protocol/user-metadata.ts'
import { ROOT_RULE_RIGHTS } from '../namespace/authorization-rules.ts'
import { DEFAULT_LOCATION } from '../namespace/store.ts'
import type { HybridConnectionConfig, NamespaceConfig, RuleConfig } from './config-document.ts'
import type { KeyMaker } from './rule-keys.ts'

/** Namespaces when no file names any (product 4). */
export const DEFAULT_NAMESPACES: readonly NamespaceConfig[] = [
  {
    name: 'local-relay',
    hybridConnections: [
      {
        name: 'demo',
        userMetadata: { endpoint: 'echo.onprem.example:7007' },
        authorizationRules: [
          { name: 'defaultListener', rights: ['Listen'] },
          { name: 'defaultSender', rights: ['Send'] },
        ],
      },
      { name: 'open', requiresClientAuthorization: false },
    ],
  },
]

/** Fills in what checked configuration leaves out. `nowMs` becomes the time of creation. */
export function namespacesFromConfig(
  configs: readonly NamespaceConfig[],
  keyOf: KeyMaker,
  nowMs: number,
): Namespace[] {
  const at = new Date(nowMs).toISOString()
  return configs.map((config) => ({
    name: config.name,
    hosts: config.hosts ?? [],
    location: config.location ?? DEFAULT_LOCATION,
    ...(config.resourceGroup !== undefined && { resourceGroup: config.resourceGroup }),
    authorizationRules: withRootRule(config.authorizationRules ?? []).map((rule) =>
      ruleFrom(rule, { namespace: config.name }, keyOf),
    ),
    hybridConnections: (config.hybridConnections ?? []).map((entity) =>
      hybridConnectionFrom(entity, config.name, keyOf, at),
    ),
    origin: 'file',
    createdAt: at,
    updatedAt: at,
  }))
}

/** The string Azure would store for `userMetadata` of the file; one given as text stays byte for byte. */
export function storedUserMetadata(
  userMetadata: HybridConnectionConfig['userMetadata'],
): string | undefined {
  return typeof userMetadata === 'object' ? formatUserMetadata(userMetadata) : userMetadata
}

function hybridConnectionFrom(
  config: HybridConnectionConfig,
  namespace: string,
  keyOf: KeyMaker,
  at: string,
): HybridConnection {
  return {
    name: config.name,
    requiresClientAuthorization: config.requiresClientAuthorization ?? true,
    userMetadata: storedUserMetadata(config.userMetadata),
    authorizationRules: (config.authorizationRules ?? []).map((rule) =>
      ruleFrom(rule, { namespace, entity: config.name }, keyOf),
    ),
    origin: 'file',
    createdAt: at,
    updatedAt: at,
  }
}

function withRootRule(rules: readonly RuleConfig[]): readonly RuleConfig[] {
  const hasRoot = rules.some(({ name }) => name.toLowerCase() === ROOT_RULE_NAME.toLowerCase())
  return hasRoot ? rules : [{ name: ROOT_RULE_NAME, rights: ROOT_RULE_RIGHTS }, ...rules]
}

function ruleFrom(
  { name, rights, primaryKey, secondaryKey }: RuleConfig,
  holder: { readonly namespace: string; readonly entity?: string },
  keyOf: KeyMaker,
): AuthorizationRule {
  const path = { ...holder, rule: name }
  return {
    name,
    rights: [...new Set(rights)],
    // An empty key is one left out, so that "${KEY:-}" works.
    primaryKey: primaryKey || keyOf(path, 'primary'),
    secondaryKey: secondaryKey || keyOf(path, 'secondary'),
  }
}
