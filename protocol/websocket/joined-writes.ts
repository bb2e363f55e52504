/** So many messages make a write of their own: the other end works on them while this one is at the next ones. */
const MAX_JOINED = 4

/** What collects writes: a stream, or what stands before one. */
export type Corkable = { cork(): void; uncork(): void }

/**
 * Makes few writes of what one turn of the event loop sends. After a turn that sent a single message the next one goes
 * out at once: the other end works on it while this one finishes its turn.
 */
export class JoinedWrites {
  readonly #stream: Corkable
  /** The turn before this one sent several messages, so more are likely to follow the first. */
  #isBusy = false
  /** Messages of this turn. */
  #sent = 0
  /** Messages that wait for `uncork`. */
  #waiting = 0

  constructor(stream: Corkable) {
    this.#stream = stream
  }

  /** Writes one message by `write`, in one write or in several that it joins itself. */
  message(write: () => void): void {
    if (this.#sent === 0) setImmediate(this.#endTurn)
    this.#sent++
    // Nothing is collected for it: that costs more than the write.
    if (this.#sent === 1 && !this.#isBusy) return write()
    if (this.#waiting === 0) this.#stream.cork()
    write()
    this.#waiting++
    if (this.#waiting === MAX_JOINED) this.#flush()
  }

  readonly #endTurn = (): void => {
    this.#isBusy = this.#sent > 1
    this.#sent = 0
    if (this.#waiting > 0) this.#flush()
  }

  #flush(): void {
    this.#waiting = 0
    this.#stream.uncork()
  }
}
