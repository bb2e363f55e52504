import { EventEmitter } from 'node:events'
import { type AddressInfo, type Server, Socket, createServer } from 'node:net'
import type { Duplex } from 'node:stream'
import type { HybridStream } from './hybrid-stream.ts'
import type { ConnectOptions } from './sender.ts'

/** What a forwarder asks of a sender; a `RelaySender` has it. */
export interface TunnelSource {
  connect(options: Pick<ConnectOptions, 'signal'>): Promise<HybridStream>
}

export type PortForwarderOptions = {
  readonly sender: TunnelSource
  /** Local address to listen on. */
  readonly host: string
  /** Local port; 0 takes a free one. */
  readonly port: number
}

export type PortForwarderEvents = {
  /** A connection could not be led through, or broke; a RelayClientError where the relay's side is at fault. */
  fault: [error: Error]
}

/**
 * Listens on a local port and leads each connection through a hybrid connection of its own. Rejects with the error
 * of `listen`: EADDRINUSE, EACCES, EADDRNOTAVAIL.
 */
export async function forwardPort(options: PortForwarderOptions): Promise<PortForwarder> {
  const { sender, host, port } = options
  const forwarder = new PortForwarder(sender)
  await forwarder.listen(host, port)
  return forwarder
}

/** A local port that is led through a hybrid connection. Made by {@link forwardPort}. */
export class PortForwarder extends EventEmitter<PortForwarderEvents> implements AsyncDisposable {
  readonly #sender: TunnelSource
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #closing = new AbortController()

  constructor(sender: TunnelSource) {
    super()
    this.#sender = sender
    this.#server = createServer(
      { allowHalfOpen: true, pauseOnConnect: true, noDelay: true },
      (socket) => void this.#lead(socket),
    )
  }

  /** Where it listens. */
  get address(): { readonly host: string; readonly port: number } {
    const { address: host, port } = this.#server.address() as AddressInfo
    return { host, port }
  }

  /** Connections at this moment. */
  get open(): number {
    return this.#sockets.size
  }

  /** Use {@link forwardPort}. */
  listen(host: string, port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject).on('error', (error) => this.emit('fault', error))
        resolve()
      })
    })
  }

  /** Listens no more and cuts what is open. */
  async close(): Promise<void> {
    this.#closing.abort()
    for (const socket of this.#sockets) socket.destroy()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #lead(socket: Socket): Promise<void> {
    this.#sockets.add(socket)
    socket.on('error', () => {}).once('close', () => this.#sockets.delete(socket))
    try {
      const tunnel = await this.#sender.connect({ signal: this.#closing.signal })
      await joinStreams(socket, tunnel)
    } catch (error) {
      // A reset tells the program that this is no orderly end; TCP has no room for the reason.
      socket.resetAndDestroy()
      if (!this.#closing.signal.aborted) this.emit('fault', error as Error)
    }
  }
}

/**
 * Leads bytes both ways at the reader's pace. The end of one direction leaves the other open. Resolves when both have
 * ended; when one side breaks, the other is cut (a socket by a reset), and it rejects with the fault.
 */
export function joinStreams(near: Duplex, far: Duplex): Promise<void> {
  return new Promise((resolve, reject) => {
    const watch = (side: Duplex, other: Duplex) => {
      side.on('error', (error) => {
        cut(other, error)
        reject(error)
      })
      side.once('close', () => {
        if (!side.readableEnded || !side.writableFinished) cut(other)
        if (near.closed && far.closed) resolve()
      })
    }
    watch(near, far)
    watch(far, near)
    if (far.destroyed) return cut(near)
    near.pipe(far)
    far.pipe(near)
  })
}

/** A plain end would tell a program that it has got everything. */
function cut(side: Duplex, error?: Error): void {
  if (side.destroyed) return
  if (side instanceof Socket) side.resetAndDestroy()
  else side.destroy(error)
}
