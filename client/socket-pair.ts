import { Duplex } from 'node:stream'

/** What the far end of a pair pretends to be: a socket that came from there. */
export type PairIdentity = {
  readonly remoteAddress: string | undefined
  readonly remotePort: number | undefined
  readonly encrypted: boolean
}

/** Two joined streams in memory: what is written to one is read from the other, at the reader's pace. */
export function socketPair(identity: PairIdentity): { near: Duplex; far: Duplex } {
  const near = new PairedSocket()
  const far = new PairedSocket(identity)
  near.join(far)
  far.join(near)
  return { near, far }
}

/** Has what node:http, express and fastify ask of a socket. */
class PairedSocket extends Duplex {
  readonly remoteAddress: string | undefined
  readonly remotePort: number | undefined
  readonly encrypted: boolean
  #other: PairedSocket | undefined
  /** Says that the other side may write on. */
  #onRead: (() => void) | undefined

  constructor(identity?: PairIdentity) {
    super({ allowHalfOpen: true })
    this.remoteAddress = identity?.remoteAddress
    this.remotePort = identity?.remotePort
    this.encrypted = identity?.encrypted ?? false
    this.on('error', () => {})
  }

  join(other: PairedSocket): void {
    this.#other = other
  }

  setTimeout(): this {
    return this
  }

  setNoDelay(): this {
    return this
  }

  setKeepAlive(): this {
    return this
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }

  /** Ends, and closes once everything is written. */
  destroySoon(): void {
    if (this.writable) this.end()
    if (this.writableFinished) this.destroy()
    else this.once('finish', () => this.destroy())
  }

  override _read(): void {
    const onRead = this.#onRead
    this.#onRead = undefined
    onRead?.()
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#other?.receive(chunk, done)
  }

  override _final(done: () => void): void {
    this.#other?.push(null)
    done()
  }

  /** Whoever goes before it has ended takes the other side along, as a reset connection does. */
  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this._read()
    if (!this.writableFinished) {
      const other = this.#other
      process.nextTick(() =>
        other?.destroy(Object.assign(new Error('The other side is gone.'), { code: 'ECONNRESET' })),
      )
    }
    done(error)
  }

  /** Takes what the other side wrote; a side that has gone in order takes everything and drops it. */
  receive(chunk: Buffer, done: () => void): void {
    if (this.destroyed || this.push(chunk)) done()
    else this.#onRead = done
  }
}
