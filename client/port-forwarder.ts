import { EventEmitter } from 'node:events'
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net'
import type { FrameSocket } from './frame-socket.ts'
import { ReadPlace } from './read-place.ts'
import type { ConnectOptions } from './sender.ts'
import { joinTunnel } from './tunnel.ts'

/** What a forwarder asks of a sender; a `RelaySender` has it. */
export interface TunnelSource {
  openTunnel(options: Pick<ConnectOptions, 'signal'>): Promise<FrameSocket>
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
  readonly #place = new ReadPlace()
  #isClosing = false

  constructor(sender: TunnelSource) {
    super()
    this.#sender = sender
    this.#server = createServer(
      { allowHalfOpen: true, noDelay: true },
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
    this.#isClosing = true
    for (const socket of this.#sockets) socket.destroy()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #lead(socket: Socket): Promise<void> {
    this.#sockets.add(socket)
    // What the program sends meanwhile waits in the socket's own buffer, which reads on far enough to see a reset.
    socket.on('error', () => {}).once('close', () => this.#sockets.delete(socket))
    try {
      const frames = await this.#openFor(socket)
      await joinTunnel(socket, frames, { reads: this.#place.forAccepted(socket) })
    } catch (error) {
      // A reset tells the program that this is no orderly end; TCP has no room for the reason.
      socket.resetAndDestroy()
      if (!this.#isClosing && !(error instanceof LocalEndLeft)) this.emit('fault', error as Error)
    }
  }

  /** Opens a tunnel, unless the program leaves before it is there. */
  async #openFor(socket: Socket): Promise<FrameSocket> {
    const left = new AbortController()
    const onLeft = () => left.abort(new LocalEndLeft())
    socket.once('close', onLeft)
    try {
      return await this.#sender.openTunnel({ signal: left.signal })
    } finally {
      socket.off('close', onLeft)
    }
  }
}

/** The program went away before its tunnel was open: no fault of anybody's. */
class LocalEndLeft extends Error {
  override readonly name = 'LocalEndLeft'
}
