import { Duplex } from 'node:stream'

/** Where the connection that a {@link MemorySocket} stands for came from. */
export type SocketOrigin = {
  readonly remoteAddress: string | undefined
  readonly remotePort: number | undefined
  readonly encrypted: boolean
}

/** The other end of a {@link MemorySocket}. */
export interface NearEnd {
  /** The server wrote this; a text has its `encoding`. */
  written(chunk: Buffer | string, encoding: BufferEncoding): void
  /** All of what the server wrote in one go has been handed on. True asks it to wait for {@link MemorySocket.takeMore}. */
  flushed(): boolean
  /** The server takes more of what is sent to it. */
  drained(): void
  /** The server wrote its last. */
  ended(): void
  /** The server's end is closed. */
  closed(): void
}

/** The server's end of a connection in memory: has what node:http, express and fastify ask of a socket. */
export class MemorySocket extends Duplex {
  readonly remoteAddress: string | undefined
  readonly remotePort: number | undefined
  readonly encrypted: boolean
  readonly #near: NearEnd
  /** Says that the server may write on. */
  #onTaken: (() => void) | undefined
  #isFull = false

  constructor({ remoteAddress, remotePort, encrypted }: SocketOrigin, near: NearEnd) {
    super({ allowHalfOpen: true, decodeStrings: false })
    this.remoteAddress = remoteAddress
    this.remotePort = remotePort
    this.encrypted = encrypted
    this.#near = near
    this.on('error', () => {})
    this.once('close', () => near.closed())
  }

  /** Sends to the server. False asks to wait for {@link NearEnd.drained}. */
  send(bytes: Buffer): boolean {
    if (this.destroyed) return true
    this.#isFull = !this.push(bytes)
    return !this.#isFull
  }

  /** Nothing more is sent to the server. */
  sendEnd(): void {
    if (!this.destroyed) this.push(null)
  }

  /** Takes more of what the server writes. */
  takeMore(): void {
    const onTaken = this.#onTaken
    this.#onTaken = undefined
    onTaken?.()
  }

  /** Breaks off, as a reset connection does. */
  cut(): void {
    this.destroy(Object.assign(new Error('The other side is gone.'), { code: 'ECONNRESET' }))
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
    if (!this.#isFull) return
    this.#isFull = false
    this.#near.drained()
  }

  override _write(chunk: Buffer | string, encoding: BufferEncoding, done: () => void): void {
    this.#near.written(chunk, encoding)
    this.#flush(done)
  }

  override _writev(
    chunks: readonly { chunk: Buffer | string; encoding: BufferEncoding }[],
    done: () => void,
  ): void {
    for (const { chunk, encoding } of chunks) this.#near.written(chunk, encoding)
    this.#flush(done)
  }

  override _final(done: () => void): void {
    this.#near.ended()
    done()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.takeMore()
    done(error)
  }

  #flush(done: () => void): void {
    if (this.#near.flushed() && !this.destroyed) this.#onTaken = done
    else done()
  }
}
