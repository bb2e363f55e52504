import type { HybridConnection, Namespace } from '../../protocol/entity.ts'

/** A namespace without its hybrid connections. */
export type NamespaceHead = Omit<Namespace, 'hybridConnections'>

/** One namespace inside the store: its head, and its hybrid connections by lower-case name in order of creation. */
export class NamespaceNode {
  readonly #entities = new Map<string, HybridConnection>()
  #head: NamespaceHead
  #snapshot: Namespace | undefined

  constructor(head: NamespaceHead) {
    this.#head = head
  }

  get head(): NamespaceHead {
    return this.#head
  }

  get size(): number {
    return this.#entities.size
  }

  /** The whole namespace; the same object until the next change. */
  get snapshot(): Namespace {
    return (this.#snapshot ??= {
      ...this.#head,
      hybridConnections: [...this.#entities.values()],
    })
  }

  entity(name: string): HybridConnection | undefined {
    return this.#entities.get(name.toLowerCase())
  }

  setHead(head: NamespaceHead): void {
    this.#head = head
    this.#snapshot = undefined
  }

  putEntity(entity: HybridConnection): void {
    this.#entities.set(entity.name.toLowerCase(), entity)
    this.#snapshot = undefined
  }

  deleteEntity(name: string): void {
    this.#entities.delete(name.toLowerCase())
    this.#snapshot = undefined
  }
}
