import type {
  Claim,
  HybridConnection,
  Namespace,
  AuthorizationRule,
  NetworkRuleSet,
} from '../../protocol/entity.ts'

/** Location of a namespace that names none. */
export const DEFAULT_LOCATION = 'westeurope'

/** A namespace or hybrid connection came, changed or went. `hybridConnection` is null for the namespace itself. */
export type EntityChange = {
  readonly change: 'created' | 'changed' | 'deleted'
  readonly namespace: string
  readonly hybridConnection: string | null
}

/** Where a rule hangs: on the namespace (`hybridConnection` undefined) or on one entity. */
export type RuleScope = {
  readonly namespace: string
  readonly hybridConnection?: string | undefined
}

export type NamespaceInput = {
  readonly location?: string | undefined
  readonly hosts?: readonly string[] | undefined
  readonly resourceGroup?: string | undefined
  readonly tags?: Readonly<Record<string, string>> | undefined
  readonly networkRules?: NetworkRuleSet | undefined
}
export type HybridConnectionInput = {
  readonly requiresClientAuthorization?: boolean | undefined
  readonly userMetadata?: string | undefined
}

/** Entities and rules. Names are compared without case. Errors are {@link StoreError}. */
export interface NamespaceStore {
  list(): readonly Namespace[]
  get(namespace: string): Namespace | undefined
  hybridConnection(namespace: string, name: string): HybridConnection | undefined

  /** Creates or replaces; answers what is stored. A new namespace gets `RootManageSharedAccessKey`. */
  putNamespace(name: string, input: NamespaceInput): Namespace
  putHybridConnection(
    namespace: string,
    name: string,
    input: HybridConnectionInput,
  ): HybridConnection
  /** Keeps the keys of an existing rule. */
  putRule(scope: RuleScope, name: string, rights: readonly Claim[]): AuthorizationRule
  /** The three deletes answer false when there was nothing. */
  deleteNamespace(name: string): boolean
  deleteHybridConnection(namespace: string, name: string): boolean
  deleteRule(scope: RuleScope, name: string): boolean
  /** `key` is base64 of 32 bytes; a random one when left out. */
  regenerateKey(
    scope: RuleScope,
    name: string,
    which: 'PrimaryKey' | 'SecondaryKey',
    key?: string,
  ): AuthorizationRule

  /**
   * Makes the file's entities what `namespaces` says. Run-time entities and rules stay, but those whose name the file
   * now takes, and those in a namespace that left the file; both are reported.
   */
  replaceFileEntities(namespaces: readonly Namespace[]): readonly EntityClash[]
  /** Brings back run-time entities as they were kept. What already exists wins; what found no place is reported. */
  restore(kept: RuntimeEntities): readonly EntityClash[]
  /** The entities made at run time, also those inside a namespace of the file. */
  runtimeEntities(): RuntimeEntities
  /** Takes back what was set on a namespace beside what the file says of it. */
  clearSettings(namespace: string): void
  /** Calls `listener` after each change, until the returned function is called. */
  subscribe(listener: (change: EntityChange) => void): () => void
}

/**
 * A run-time entity that gave way: `overwritten` by one of the same name in the file, or `removed` because its
 * namespace is not there. `hybridConnection` is null for a namespace.
 */
export type EntityClash = {
  readonly namespace: string
  readonly hybridConnection: string | null
  /** The rule that gave way; left out for the entity itself. */
  readonly rule?: string
  readonly outcome: 'overwritten' | 'removed'
}

/** What is kept over a restart. The namespaces' own `hybridConnections` are empty: all are in the flat list. */
export type RuntimeEntities = {
  readonly namespaces: readonly Namespace[]
  readonly hybridConnections: readonly {
    readonly namespace: string
    readonly entity: HybridConnection
  }[]
  /** Rules made on entities of the file. */
  readonly rules: readonly (RuleScope & { readonly rule: AuthorizationRule })[]
  /** What was set on namespaces of the file that the file itself does not say. */
  readonly settings: readonly ({ readonly namespace: string } & NamespaceSettings)[]
}

/** Members of a namespace that calls set and the configuration has no word for. */
export type NamespaceSettings = Pick<Namespace, 'tags' | 'networkRules'>

export type StoreErrorCode =
  'RELAY_INPUT_INVALID' | 'RELAY_ENTITY_NOT_FOUND' | 'RELAY_NAME_TAKEN' | 'RELAY_LIMIT'

/** A refused change. `target` names the member at fault. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly code: StoreErrorCode
  readonly target: string
  constructor(code: StoreErrorCode, message: string, target: string) {
    super(message)
    this.code = code
    this.target = target
  }
}
