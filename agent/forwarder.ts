import type { Duplex } from 'node:stream'
import type { Socket } from 'node:net'
import type { Endpoint } from '../protocol/user-metadata.ts'
import { formatEndpoint } from './connect-to.ts'
import { EndpointError } from './dial-endpoint.ts'
import type { AgentLogger } from './agent-log.ts'
import { joinTunnel } from './tunnel.ts'

export type ForwarderDeps = {
  /** Opens a connection to the endpoint. Rejects with an EndpointError or the signal's reason. */
  readonly dial: (endpoint: Endpoint, signal: AbortSignal) => Promise<Socket>
  readonly logger: AgentLogger
}

/** A relayed connection, and the relay's id of it for the log. */
export type RelayedConnection = Duplex & { readonly info: { readonly id: string } }

/** Leads the relayed connections of one hybrid connection to its endpoint. */
export class Forwarder {
  readonly #deps: ForwarderDeps
  readonly #open = new Set<Duplex>()
  #whenIdle: (() => void)[] = []

  constructor(deps: ForwarderDeps) {
    this.#deps = deps
  }

  /** Tunnels that are open or being opened. */
  get open(): number {
    return this.#open.size
  }

  /**
   * Serves one connection; resolves when it is gone. `endpoint` is the one that was learned from the relay: nothing of
   * what a sender says is looked at.
   */
  async forward(relayed: RelayedConnection, endpoint: Endpoint): Promise<void> {
    const { dial, logger } = this.#deps
    const { id } = relayed.info
    const place = formatEndpoint(endpoint)
    const left = new AbortController()
    const onLeft = () => left.abort()
    relayed.once('close', onLeft)
    this.#open.add(relayed)
    try {
      const socket = await dial(endpoint, left.signal)
      logger.debug({ id, endpoint: place }, 'tunnel opened')
      await joinTunnel(relayed, socket)
      logger.debug({ id, endpoint: place }, 'tunnel closed')
    } catch (error) {
      relayed.destroy()
      if (left.signal.aborted) logger.debug({ id, endpoint: place }, 'the sender left')
      else logger.warn({ id, endpoint: place, ...told(error) }, 'endpoint not reached')
    } finally {
      relayed.off('close', onLeft)
      this.#open.delete(relayed)
      if (this.#open.size === 0) for (const wake of this.#whenIdle.splice(0)) wake()
    }
  }

  /** Resolves when no tunnel is open, or when `signal` is aborted. */
  idle(signal: AbortSignal): Promise<void> {
    if (this.#open.size === 0 || signal.aborted) return Promise.resolve()
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
    for (const relayed of this.#open) relayed.destroy()
  }
}

function told(error: unknown): { code: string; reason: string } {
  if (error instanceof EndpointError) return { code: error.code, reason: error.message }
  return { code: 'unknown', reason: (error as Error).message }
}
