/** Open sockets of each namespace: control channels, senders of both kinds and rendezvous. Source: relay-protocol 8.1. */
export class SocketCounter {
  readonly #counts = new Map<string, number>()

  /** Adds `change`, which may be negative. */
  add(namespace: string, change: number): void {
    const key = namespace.toLowerCase()
    const count = this.of(key) + change
    if (count === 0) this.#counts.delete(key)
    else this.#counts.set(key, count)
  }

  of(namespace: string): number {
    return this.#counts.get(namespace.toLowerCase()) ?? 0
  }
}
