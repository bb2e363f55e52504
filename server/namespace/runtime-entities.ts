import type { Namespace } from '../../protocol/entity.ts'
import type { RuntimeEntities } from './store.ts'

/** What of these namespaces was made at run time, rules and settings on entities of the file included. */
export function runtimeEntities(namespaces: readonly Namespace[]): RuntimeEntities {
  const ofFile = namespaces.filter(({ origin }) => origin === 'file')
  return {
    namespaces: namespaces
      .filter(({ origin }) => origin === 'runtime')
      .map((namespace) => ({ ...namespace, hybridConnections: [] })),
    hybridConnections: namespaces.flatMap(({ name, hybridConnections }) =>
      hybridConnections
        .filter(({ origin }) => origin === 'runtime')
        .map((entity) => ({ namespace: name, entity })),
    ),
    rules: ofFile.flatMap((namespace) => [
      ...runtimeRules(namespace).map((rule) => ({ namespace: namespace.name, rule })),
      ...namespace.hybridConnections
        .filter(({ origin }) => origin === 'file')
        .flatMap((entity) =>
          runtimeRules(entity).map((rule) => ({
            namespace: namespace.name,
            hybridConnection: entity.name,
            rule,
          })),
        ),
    ]),
    settings: ofFile
      .filter(({ tags, networkRules }) => tags !== undefined || networkRules !== undefined)
      .map(({ name, tags, networkRules }) => ({ namespace: name, tags, networkRules })),
  }
}

function runtimeRules({ authorizationRules }: Pick<Namespace, 'authorizationRules'>) {
  return authorizationRules.filter(({ origin }) => origin === 'runtime')
}
