import type {
  AuthorizationRule,
  Claim,
  HybridConnection,
  Namespace,
} from '../../protocol/entity.ts'
import { ENTITIES_PER_NAMESPACE, MAX_USER_METADATA_CHARACTERS } from '../../protocol/limits.ts'
import { checkHybridConnectionName, checkNamespaceName } from '../../protocol/names.ts'
import { ROOT_RULE_NAME } from '../../protocol/published-keys.ts'
import { ROOT_RULE_RIGHTS, findRule, putRule, regenerateKey } from './authorization-rules.ts'
import { checkHosts } from './host-names.ts'
import { NamespaceNode } from './namespace-node.ts'
import type { NamespaceHead } from './namespace-node.ts'
import { replaceFileEntities } from './replace-file-entities.ts'
import { restoreEntities } from './restore-entities.ts'
import { runtimeEntities } from './runtime-entities.ts'
import { DEFAULT_LOCATION, StoreError } from './store.ts'
import type {
  EntityChange,
  EntityClash,
  HybridConnectionInput,
  NamespaceInput,
  NamespaceStore,
  RuleScope,
  RuntimeEntities,
} from './store.ts'

/** All entities, in memory, looked up in constant time. Lists keep their identity until something changes. */
export class MemoryStore implements NamespaceStore {
  readonly #listeners = new Set<(change: EntityChange) => void>()
  readonly #now: () => number
  #nodes = new Map<string, NamespaceNode>()
  #list: readonly Namespace[] | undefined

  /** `now` is Unix time in ms. */
  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  list(): readonly Namespace[] {
    return (this.#list ??= [...this.#nodes.values()].map((node) => node.snapshot))
  }

  get(namespace: string): Namespace | undefined {
    return this.#nodes.get(namespace.toLowerCase())?.snapshot
  }

  hybridConnection(namespace: string, name: string): HybridConnection | undefined {
    return this.#nodes.get(namespace.toLowerCase())?.entity(name)
  }

  /** What `input` leaves out stays as it is, or takes the default in a new namespace. */
  putNamespace(name: string, input: NamespaceInput): Namespace {
    const node = this.#nodes.get(name.toLowerCase())
    const at = this.#time()
    if (!node) refuseIf(checkNamespaceName(name), 'name')
    const head = node?.head ?? {
      name,
      hosts: [],
      location: DEFAULT_LOCATION,
      authorizationRules: putRule([], ROOT_RULE_NAME, ROOT_RULE_RIGHTS),
      origin: 'runtime' as const,
      createdAt: at,
      updatedAt: at,
    }
    const hosts = input.hosts ?? head.hosts
    this.#checkHosts(head.name, hosts)
    const changed = { ...head, ...given(input), hosts, updatedAt: at }
    if (node) node.setHead(changed)
    else this.#nodes.set(name.toLowerCase(), new NamespaceNode(changed))
    this.#emit(node ? 'changed' : 'created', head.name)
    return this.#node(name).snapshot
  }

  /** Replaces: without `userMetadata` there is none afterwards (management-plane 4.3). */
  putHybridConnection(
    namespace: string,
    name: string,
    input: HybridConnectionInput,
  ): HybridConnection {
    const node = this.#node(namespace)
    const existing = node.entity(name)
    const requiresClientAuthorization = input.requiresClientAuthorization ?? true
    if (existing) checkUnchanged(existing, requiresClientAuthorization)
    else checkNewEntity(node, name)
    if (input.userMetadata !== undefined) checkUserMetadata(input.userMetadata)
    const at = this.#time()
    const entity: HybridConnection = {
      name: existing?.name ?? name,
      requiresClientAuthorization,
      userMetadata: input.userMetadata,
      authorizationRules: existing?.authorizationRules ?? [],
      origin: existing?.origin ?? 'runtime',
      createdAt: existing?.createdAt ?? at,
      updatedAt: at,
    }
    node.putEntity(entity)
    this.#emit(existing ? 'changed' : 'created', node.head.name, entity.name)
    return entity
  }

  putRule(scope: RuleScope, name: string, rights: readonly Claim[]): AuthorizationRule {
    this.#setRules(scope, putRule(this.#rules(scope), name, rights))
    return this.#rule(scope, name)
  }

  deleteNamespace(name: string): boolean {
    const node = this.#nodes.get(name.toLowerCase())
    if (!node) return false
    this.#nodes.delete(name.toLowerCase())
    const changes = node.snapshot.hybridConnections.map((entity): EntityChange => ({
      change: 'deleted',
      namespace: node.head.name,
      hybridConnection: entity.name,
    }))
    this.#emitAll([
      ...changes,
      { change: 'deleted', namespace: node.head.name, hybridConnection: null },
    ])
    return true
  }

  deleteHybridConnection(namespace: string, name: string): boolean {
    const node = this.#nodes.get(namespace.toLowerCase())
    const entity = node?.entity(name)
    if (!node || !entity) return false
    node.deleteEntity(name)
    this.#emit('deleted', node.head.name, entity.name)
    return true
  }

  /** Throws RELAY_ENTITY_NOT_FOUND when the scope itself is not there. */
  deleteRule(scope: RuleScope, name: string): boolean {
    const rules = this.#rules(scope)
    const rule = findRule(rules, name)
    if (!rule) return false
    this.#setRules(
      scope,
      rules.filter((other) => other !== rule),
    )
    return true
  }

  regenerateKey(
    scope: RuleScope,
    name: string,
    which: 'PrimaryKey' | 'SecondaryKey',
    key?: string,
  ): AuthorizationRule {
    const rule = this.#rule(scope, name)
    this.#setRules(scope, regenerateKey(this.#rules(scope), rule, which, key))
    return this.#rule(scope, name)
  }

  replaceFileEntities(namespaces: readonly Namespace[]): readonly EntityClash[] {
    const { nodes, changes, clashes } = replaceFileEntities(this.#nodes, namespaces, this.#time())
    this.#nodes = nodes
    this.#emitAll(changes)
    return clashes
  }

  restore(kept: RuntimeEntities): readonly EntityClash[] {
    const { changes, clashes } = restoreEntities(this.#nodes, kept)
    this.#emitAll(changes)
    return clashes
  }

  runtimeEntities(): RuntimeEntities {
    return runtimeEntities(this.list())
  }

  clearSettings(namespace: string): void {
    const node = this.#node(namespace)
    const { tags: _tags, networkRules: _rules, ...head } = node.head
    node.setHead(head)
    this.#emit('changed', node.head.name)
  }

  subscribe(listener: (change: EntityChange) => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  #time(): string {
    return new Date(this.#now()).toISOString()
  }

  #node(namespace: string): NamespaceNode {
    const node = this.#nodes.get(namespace.toLowerCase())
    if (!node) throw notFound(`no namespace ${namespace}`, 'namespace')
    return node
  }

  #entity(node: NamespaceNode, name: string): HybridConnection {
    const entity = node.entity(name)
    if (entity) return entity
    throw notFound(
      `no hybrid connection ${name} in namespace ${node.head.name}`,
      'hybridConnection',
    )
  }

  #rules({ namespace, hybridConnection }: RuleScope): readonly AuthorizationRule[] {
    const node = this.#node(namespace)
    const holder = hybridConnection === undefined ? node.head : this.#entity(node, hybridConnection)
    return holder.authorizationRules
  }

  #rule(scope: RuleScope, name: string): AuthorizationRule {
    const rule = findRule(this.#rules(scope), name)
    if (rule) return rule
    const holder = [scope.namespace, scope.hybridConnection].filter((part) => part !== undefined)
    throw notFound(`no authorization rule ${name} on ${holder.join('/')}`, 'authorizationRule')
  }

  #setRules(
    { namespace, hybridConnection }: RuleScope,
    authorizationRules: readonly AuthorizationRule[],
  ): void {
    const node = this.#node(namespace)
    const changed = { authorizationRules, updatedAt: this.#time() }
    if (hybridConnection === undefined) {
      node.setHead({ ...node.head, ...changed })
      this.#emit('changed', node.head.name)
    } else {
      const entity = this.#entity(node, hybridConnection)
      node.putEntity({ ...entity, ...changed })
      this.#emit('changed', node.head.name, entity.name)
    }
  }

  #checkHosts(name: string, hosts: readonly string[]): void {
    const others: Pick<Namespace, 'name' | 'hosts'>[] = [...this.#nodes.values()].map(
      (node) => node.head,
    )
    const mine = others.findIndex((other) => other.name === name)
    const all = mine < 0 ? [...others, { name, hosts }] : others.with(mine, { name, hosts })
    const [problem] = checkHosts(all)
    if (!problem) return
    const code = problem.isTaken ? 'RELAY_NAME_TAKEN' : 'RELAY_INPUT_INVALID'
    throw new StoreError(code, problem.message, 'hosts')
  }

  #emit(change: EntityChange['change'], namespace: string, hybridConnection: string | null = null) {
    this.#emitAll([{ change, namespace, hybridConnection }])
  }

  #emitAll(changes: readonly EntityChange[]): void {
    this.#list = undefined
    for (const change of changes) {
      for (const listener of this.#listeners) listener(change)
    }
  }
}

/** The members of `input` that say something. */
function given(input: NamespaceInput): Partial<NamespaceHead> {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined))
}

function notFound(message: string, target: string): StoreError {
  return new StoreError('RELAY_ENTITY_NOT_FOUND', message, target)
}

function refuseIf(wrong: string | undefined, target: string): void {
  if (wrong !== undefined) throw new StoreError('RELAY_INPUT_INVALID', wrong, target)
}

function checkUnchanged(existing: HybridConnection, requiresClientAuthorization: boolean): void {
  if (existing.requiresClientAuthorization === requiresClientAuthorization) return
  throw new StoreError(
    'RELAY_INPUT_INVALID',
    `requiresClientAuthorization of ${existing.name} is ${existing.requiresClientAuthorization} and cannot be changed (left out it means true)`,
    'requiresClientAuthorization',
  )
}

function checkNewEntity(node: NamespaceNode, name: string): void {
  refuseIf(checkHybridConnectionName(name), 'name')
  if (node.size < ENTITIES_PER_NAMESPACE) return
  throw new StoreError(
    'RELAY_LIMIT',
    `namespace ${node.head.name} has ${ENTITIES_PER_NAMESPACE} entities already, which is the most allowed`,
    'hybridConnection',
  )
}

function checkUserMetadata(userMetadata: string): void {
  if (userMetadata.length <= MAX_USER_METADATA_CHARACTERS) return
  throw new StoreError(
    'RELAY_INPUT_INVALID',
    `userMetadata has ${userMetadata.length} characters, ${MAX_USER_METADATA_CHARACTERS} is the most allowed`,
    'userMetadata',
  )
}
