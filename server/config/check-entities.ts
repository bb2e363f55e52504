import {
  ENTITIES_PER_NAMESPACE,
  MAX_USER_METADATA_CHARACTERS,
  RULES_PER_ENTITY,
} from '../../protocol/limits.ts'
import {
  checkHybridConnectionName,
  checkNamespaceName,
  checkRights,
  checkRuleName,
} from '../../protocol/names.ts'
import { checkHosts } from '../namespace/host-names.ts'
import type { HybridConnectionConfig, NamespaceConfig, RuleConfig } from './config-document.ts'
import { storedUserMetadata } from './namespaces-from-config.ts'
import type { Path } from './yaml-source.ts'

export type EntityProblem = { readonly path: Path; readonly message: string }

/** Everything about `namespaces` that a schema cannot say: names, duplicates, rights, limits, hosts (management-plane 4.0). */
export function checkEntities(namespaces: readonly NamespaceConfig[]): EntityProblem[] {
  const root = ['namespaces'] as const
  const withHosts = namespaces.map(({ name, hosts = [] }) => ({ name, hosts }))
  return [
    ...checkNames(namespaces, root, checkNamespaceName),
    ...checkHosts(withHosts).map(({ namespaceIndex, hostIndex, message }) => ({
      path: [...root, namespaceIndex, 'hosts', hostIndex],
      message,
    })),
    ...namespaces.flatMap((namespace, index) => checkNamespace(namespace, [...root, index])),
  ]
}

function checkNamespace(namespace: NamespaceConfig, path: Path): EntityProblem[] {
  const { authorizationRules = [], hybridConnections = [] } = namespace
  const below = [...path, 'hybridConnections']
  return [
    ...checkRules(authorizationRules, [...path, 'authorizationRules']),
    ...checkCount(hybridConnections, below, ENTITIES_PER_NAMESPACE, 'hybrid connections'),
    ...checkNames(hybridConnections, below, checkHybridConnectionName),
    ...hybridConnections.flatMap((entity, index) =>
      checkHybridConnection(entity, [...below, index]),
    ),
  ]
}

function checkHybridConnection(entity: HybridConnectionConfig, path: Path): EntityProblem[] {
  const rules = checkRules(entity.authorizationRules ?? [], [...path, 'authorizationRules'])
  const length = storedUserMetadata(entity.userMetadata)?.length ?? 0
  if (length <= MAX_USER_METADATA_CHARACTERS) return rules
  const message = `has ${length} characters as it is stored, ${MAX_USER_METADATA_CHARACTERS} is the most allowed`
  return [...rules, { path: [...path, 'userMetadata'], message }]
}

function checkRules(rules: readonly RuleConfig[], path: Path): EntityProblem[] {
  const rights = rules.flatMap((rule, index) => {
    const message = checkRights([...new Set(rule.rights)])
    return message === undefined ? [] : [{ path: [...path, index, 'rights'], message }]
  })
  return [
    ...checkCount(rules, path, RULES_PER_ENTITY, 'authorization rules'),
    ...checkNames(rules, path, checkRuleName),
    ...rights,
  ]
}

function checkCount(
  items: readonly unknown[],
  path: Path,
  most: number,
  what: string,
): EntityProblem[] {
  if (items.length <= most) return []
  return [{ path: [...path, most], message: `at most ${most} ${what} are allowed` }]
}

function checkNames(
  items: readonly { readonly name: string }[],
  path: Path,
  check: (name: string) => string | undefined,
): EntityProblem[] {
  const seen = new Set<string>()
  return items.flatMap(({ name }, index) => {
    const isDuplicate = seen.has(name.toLowerCase())
    seen.add(name.toLowerCase())
    const message = isDuplicate
      ? 'this name is there twice; names are compared without case'
      : check(name)
    return message === undefined ? [] : [{ path: [...path, index, 'name'], message }]
  })
}
