import { formatUserMetadata } from '../../protocol/user-metadata.ts'
import type { NamespaceConfig } from '../../server/config/config-document.ts'
import { DEFAULT_NAMESPACES } from '../../server/config/namespaces-from-config.ts'
import {
  DEFAULT_RULES,
  FixtureError,
  type HybridConnectionOptions,
} from '../../server/fixture/relay-fixture.ts'

/** A configuration file as data; docs/reference/configuration.md tells its keys. */
export type RelayConfiguration = {
  readonly namespaces?: readonly NamespaceConfig[]
  readonly [key: string]: unknown
}

/** What a container was asked for, in whatever order. */
export type ContainerRequest = {
  readonly base: RelayConfiguration
  readonly namespaces: readonly NamespaceConfig[]
  readonly hybridConnections: readonly HybridConnectionOptions[]
  /** Name under which this process reaches the engine. */
  readonly engineHost: string
}

/**
 * The configuration file of a container. Namespaces of the same name are joined, later members winning; a hybrid
 * connection without a namespace goes to the first. Nothing asked for is the configuration of a plain start.
 */
export function containerConfiguration(request: ContainerRequest): RelayConfiguration {
  const { base, engineHost } = request
  const isPlain = request.namespaces.length === 0 && request.hybridConnections.length === 0
  const [standard] = DEFAULT_NAMESPACES
  const given = base.namespaces ?? (isPlain ? DEFAULT_NAMESPACES : [])
  const joined = joinByName([...given, ...request.namespaces], (one, other) => ({
    ...one,
    ...other,
    hybridConnections: joinEntities(one.hybridConnections, other.hybridConnections),
  }))
  const namespaces = joined.length > 0 ? joined : standard ? [{ name: standard.name }] : []
  for (const { namespace } of request.hybridConnections) indexOf(namespaces, namespace)
  return {
    ...base,
    version: 1,
    namespaces: namespaces.map((namespace, index) => ({
      ...namespace,
      ...(index === 0 && { hosts: withEngine(namespace.hosts ?? [], engineHost) }),
      hybridConnections: joinEntities(
        namespace.hybridConnections,
        request.hybridConnections
          .filter((entity) => indexOf(namespaces, entity.namespace) === index)
          .map(entityOf),
      ),
    })),
  }
}

function entityOf(options: HybridConnectionOptions) {
  const { name, endpoint, requiresClientAuthorization, authorizationRules } = options
  return {
    name,
    ...(requiresClientAuthorization !== undefined && { requiresClientAuthorization }),
    ...(endpoint !== undefined && { userMetadata: formatUserMetadata({ endpoint }) }),
    authorizationRules: authorizationRules ?? DEFAULT_RULES,
  }
}

/** The certificate of the relay holds the loopback names anyway. */
function withEngine(hosts: readonly string[], engineHost: string): readonly string[] {
  const isCovered = ['localhost', '127.0.0.1', '::1', ...hosts].includes(engineHost)
  return isCovered ? hosts : [...hosts, engineHost]
}

type Entities = NamespaceConfig['hybridConnections']

function joinEntities(one: Entities = [], other: Entities = []): NonNullable<Entities> {
  return joinByName([...one, ...other], (_before, after) => after)
}

function joinByName<Named extends { readonly name: string }>(
  all: readonly Named[],
  join: (one: Named, other: Named) => Named,
): readonly Named[] {
  const byName = new Map<string, Named>()
  for (const each of all) {
    const key = each.name.toLowerCase()
    const before = byName.get(key)
    byName.set(key, before ? join(before, each) : each)
  }
  return [...byName.values()]
}

function indexOf(namespaces: readonly NamespaceConfig[], name: string | undefined): number {
  if (name === undefined) return 0
  const index = namespaces.findIndex((each) => each.name.toLowerCase() === name.toLowerCase())
  if (index >= 0) return index
  const known = namespaces.map((each) => each.name).join(', ')
  throw new FixtureError(
    'RELAY_ENTITY_NOT_FOUND',
    `no namespace ${name} for a hybrid connection; there is ${known}; add it by withNamespace`,
  )
}
