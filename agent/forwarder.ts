import type { Socket } from 'node:net'
import type { FrameSocket } from '../client/frame-socket.ts'
import type { ConnectionOffer, OfferAnswer } from '../client/index.ts'
import { joinTunnel } from '../client/tunnel.ts'
import type { Endpoint } from '../protocol/user-metadata.ts'
import type { AgentLogger } from './agent-log.ts'
import { formatEndpoint } from './connect-to.ts'
import { type DialledEndpoint, EndpointError, explainNetworkError } from './dial-endpoint.ts'

export type ForwarderDeps = {
  /** Opens a connection to the endpoint. Rejects with an EndpointError or the signal's reason. */
  readonly dial: (endpoint: Endpoint, signal: AbortSignal) => Promise<DialledEndpoint>
  readonly logger: AgentLogger
}

type Met = DialledEndpoint & { readonly place: string }

/** What a sender gets whose endpoint is not reached: this agent is the gateway to it. */
const BAD_GATEWAY = 502

/** Leads the senders of one hybrid connection to its endpoint. */
export class Forwarder {
  readonly #deps: ForwarderDeps
  /** Senders that are being met, with the connection to their endpoint once it is open. */
  readonly #met = new Map<ConnectionOffer, Met | null>()
  /** The endpoints' sides of tunnels. */
  readonly #open = new Set<Socket>()
  #whenIdle: (() => void)[] = []

  constructor(deps: ForwarderDeps) {
    this.#deps = deps
  }

  /** Tunnels that are open or being opened. */
  get open(): number {
    return this.#open.size + this.#met.size
  }

  /**
   * Reaches the endpoint before the sender is accepted, so that it is rejected with the reason where that fails.
   * `endpoint` is the one that was learned from the relay: nothing of what a sender says is looked at. `signal` is
   * aborted when the sender does not come.
   */
  async meet(
    offer: ConnectionOffer,
    endpoint: Endpoint,
    signal: AbortSignal,
  ): Promise<OfferAnswer> {
    const { dial, logger } = this.#deps
    const { id, protocols } = offer
    const place = formatEndpoint(endpoint)
    this.#met.set(offer, null)
    try {
      const dialled = await dial(endpoint, signal)
      this.#met.set(offer, { ...dialled, place })
      signal.addEventListener('abort', () => this.#missed(offer, dialled.socket), { once: true })
      return { accept: true, protocol: protocols[0] }
    } catch (error) {
      this.#forget(offer)
      if (signal.aborted) {
        logger.debug({ id, endpoint: place }, 'the sender left')
        throw error
      }
      logger.warn({ id, endpoint: place, ...told(error) }, 'endpoint not reached')
      return { accept: false, status: BAD_GATEWAY, reason: `${place} ${whyOf(error)}` }
    }
  }

  /** Serves a sender that was met and accepted; resolves when it is gone. */
  forward(frames: FrameSocket, offer: ConnectionOffer): Promise<void> {
    const met = this.#met.get(offer)
    if (!met) {
      frames.destroy()
      return Promise.resolve()
    }
    this.#open.add(met.socket)
    this.#met.delete(offer)
    return this.#join(frames, met, offer.id)
  }

  /** Keeps nothing of an offer but its id for as long as the tunnel lasts. */
  async #join(frames: FrameSocket, { socket, reads, place }: Met, id: string): Promise<void> {
    const { logger } = this.#deps
    const about = { id, endpoint: place }
    // A reset before the first byte is told; after it a mere cut, for there are senders that take an end with any
    // code for the whole of an answer.
    const tell = (fault: Error | undefined) =>
      socket.bytesRead === 0 && fault
        ? `${place} broke off: ${explainNetworkError(fault)}`
        : undefined
    try {
      logger.debug(about, 'tunnel opened')
      await joinTunnel(socket, frames, { reads, tell })
      logger.debug(about, 'tunnel closed')
    } catch (error) {
      logger.debug({ ...about, ...told(error) }, 'tunnel broken')
    } finally {
      this.#open.delete(socket)
      this.#wakeIfIdle()
    }
  }

  /** Resolves when no tunnel is open, or when `signal` is aborted. */
  idle(signal: AbortSignal): Promise<void> {
    if (this.open === 0 || signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const done = () => {
        signal.removeEventListener('abort', done)
        resolve()
      }
      signal.addEventListener('abort', done)
      this.#whenIdle.push(done)
    })
  }

  /** Cuts what is open. */
  cut(): void {
    for (const socket of this.#open) socket.resetAndDestroy()
  }

  #missed(offer: ConnectionOffer, socket: Socket): void {
    // A plain end would leave an endpoint that keeps half-close waiting.
    socket.resetAndDestroy()
    this.#forget(offer)
    this.#deps.logger.debug({ id: offer.id }, 'the sender left')
  }

  #forget(offer: ConnectionOffer): void {
    this.#met.delete(offer)
    this.#wakeIfIdle()
  }

  #wakeIfIdle(): void {
    if (this.open === 0) for (const wake of this.#whenIdle.splice(0)) wake()
  }
}

/** The end of a sentence that begins with the endpoint; what is behind it in this network is not for senders. */
function whyOf(error: unknown): string {
  return error instanceof EndpointError ? error.why : 'was not reached'
}

function told(error: unknown): { code: string; reason: string } {
  const { code, message } = error as NodeJS.ErrnoException
  return { code: code ?? 'unknown', reason: message }
}
