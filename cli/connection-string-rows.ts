import type { AuthorizationRule, HybridConnection, Namespace } from '../protocol/entity.ts'
import { connectionStrings } from '../server/namespace/connection-strings.ts'

/** One connection string with what it is for. */
export type ConnectionStringRow = {
  readonly namespace: string
  /** Null for the whole namespace. */
  readonly hybridConnection: string | null
  readonly rule: string
  readonly rights: readonly string[]
  /**
   * `local` for programs on this machine, `configured` for a further name of the namespace, `azure` for the
   * production name on port 443 (containers with that alias, programs under `exec`).
   */
  readonly host: 'local' | 'configured' | 'azure'
  readonly connectionString: string
}

export type RowQuery = {
  readonly namespace?: string | undefined
  readonly hybridConnection?: string | undefined
  readonly rule?: string | undefined
}

type Scope = {
  readonly namespace: Namespace
  readonly isFirst: boolean
  readonly entity: HybridConnection | undefined
}

/**
 * All host variants of the connection strings that `query` asks for, in the order of the namespaces. Of a single
 * hybrid connection also those by the namespace's rules. `port` null leaves out all but `azure`.
 */
export function connectionStringRows(
  namespaces: readonly Namespace[],
  port: number | null,
  query: RowQuery = {},
): ConnectionStringRow[] {
  return namespaces
    .map((namespace, index) => ({ namespace, isFirst: index === 0 }))
    .filter(({ namespace }) => isNamed(namespace, query.namespace))
    .flatMap(({ namespace, isFirst }) => [
      ...(query.hybridConnection === undefined ? [{ namespace, isFirst, entity: undefined }] : []),
      ...namespace.hybridConnections
        .filter((entity) => isNamed(entity, query.hybridConnection))
        .map((entity) => ({ namespace, isFirst, entity })),
    ])
    .flatMap((scope) =>
      rulesOf(scope, query.hybridConnection !== undefined)
        .filter((rule) => isNamed(rule, query.rule))
        .flatMap((rule) => variants(scope, rule, port)),
    )
}

/** Rules that open a hybrid connection: its own, else the namespace's. */
export function rulesFor(
  namespace: Namespace,
  entity: HybridConnection,
): readonly AuthorizationRule[] {
  return entity.authorizationRules.length > 0
    ? entity.authorizationRules
    : namespace.authorizationRules
}

function rulesOf({ namespace, entity }: Scope, isAll: boolean): readonly AuthorizationRule[] {
  if (!entity) return namespace.authorizationRules
  return isAll
    ? [...entity.authorizationRules, ...namespace.authorizationRules]
    : rulesFor(namespace, entity)
}

function variants(
  scope: Scope,
  rule: AuthorizationRule,
  port: number | null,
): ConnectionStringRow[] {
  const { namespace, isFirst, entity } = scope
  const row = {
    namespace: namespace.name,
    hybridConnection: entity?.name ?? null,
    rule: rule.name,
    rights: rule.rights,
  }
  const strings = connectionStrings({
    namespace,
    isFirst,
    rule,
    hybridConnection: entity?.name,
    port: port ?? 0,
  })
  const azure = { ...row, host: 'azure' as const, connectionString: strings.azure }
  if (port === null) return [azure]
  return [
    { ...row, host: 'local', connectionString: strings.local },
    ...strings.configured
      .filter((text) => text !== strings.local)
      .map((text) => ({ ...row, host: 'configured' as const, connectionString: text })),
    azure,
  ]
}

/** Names are compared without case; no name asked for means every one. */
function isNamed({ name }: { readonly name: string }, asked: string | undefined): boolean {
  return asked === undefined || name.toLowerCase() === asked.toLowerCase()
}
