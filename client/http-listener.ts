import { type RequestListener, Server } from 'node:http'
import type { HybridStream } from './hybrid-stream.ts'
import { type ListenerOptions, type RelayListener, createListener } from './listener.ts'

/** How long `close` waits for answers that are on their way, ms. */
const DRAIN_MS = 30_000

/**
 * A node:http server whose requests come over a hybrid connection: made for `express`, for fastify's `serverFactory`,
 * and for plain handlers. It opens no port. `listen` connects, and `listening` follows when the listener is online.
 */
export class RelayHttpServer extends Server {
  readonly #options: Omit<ListenerOptions, 'requestServer'>
  #listener: RelayListener<HybridStream> | undefined

  /** Use `createServer`. */
  constructor(options: Omit<ListenerOptions, 'requestServer'>, handler?: RequestListener) {
    super(handler)
    this.#options = options
    // fastify asks for it; its type is a property, which an accessor cannot override.
    Object.defineProperty(this, 'listening', {
      get: () => this.#listener?.state.phase === 'online',
    })
  }

  /** The listener behind it, once `listen` was called: its events, its state. */
  get listener(): RelayListener<HybridStream> | undefined {
    return this.#listener
  }

  /** Connects; ports and hosts are ignored. `error` tells of an attempt that failed, if none succeeded before. */
  override listen(...args: unknown[]): this {
    const done = args.findLast((arg): arg is () => void => typeof arg === 'function')
    if (done) this.once('listening', done)
    this.#listener = createListener({
      acceptHandler: () => ({
        accept: false,
        status: 501,
        reason: 'This listener answers HTTP requests only.',
      }),
      ...this.#options,
      requestServer: this,
    })
    const listener = this.#listener
    let hasBeenOnline = false
    listener.on('online', () => {
      if (!hasBeenOnline) this.emit('listening')
      hasBeenOnline = true
    })
    listener.on('offline', ({ error }) => {
      if (!hasBeenOnline && this.listenerCount('error') > 0) this.emit('error', error)
    })
    listener.on('stopped', (error) => {
      if (error && this.listenerCount('error') > 0) this.emit('error', error)
    })
    return this
  }

  /** The address that senders use, e.g. `https://HOST/ENTITY`; null before `listen`. */
  override address(): string | null {
    if (!this.#listener) return null
    const { scheme, host, entityPath } = this.#listener.endpoint
    return `${scheme === 'wss' ? 'https' : 'http'}://${host}/${entityPath}`
  }

  /** Goes offline, waits for the answers on their way, and emits `close`. */
  override close(done?: (error?: Error) => void): this {
    if (done) this.once('close', () => done())
    const listener = this.#listener
    void (listener?.close({ drainMs: DRAIN_MS }) ?? Promise.resolve()).then(() => super.close())
    return this
  }
}

/** A node:http server behind a hybrid connection. Call `listen()` on it. */
export function createServer(
  options: Omit<ListenerOptions, 'requestServer'>,
  handler?: RequestListener,
): RelayHttpServer {
  return new RelayHttpServer(options, handler)
}
