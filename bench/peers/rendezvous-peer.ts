import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { decodeServiceMessage } from '../../protocol/index.ts'
import { within } from '../lib/deadline.ts'
import { dial, upgrade, type End, type Target } from '../lib/end.ts'
import { HYBRID_CONNECTION } from './emulator.ts'
import type { Peer, Tunnel } from './peer.ts'

const START_TIMEOUT_MS = 20_000
const ACCEPT_TIMEOUT_MS = 10_000
const GUID_CHARACTERS = 36

/** A running relay that speaks the protocol of Azure Relay, and what opens its doors. */
export type RendezvousRelay = {
  readonly name: string
  readonly pid: number
  readonly target: Target
  readonly listenToken: string
  readonly sendToken: string
  readonly stop: () => Promise<void>
}

/** Opens the control channel and answers each accept message on it with a raw socket: the listener's end of a tunnel. */
export async function connectListener(relay: RendezvousRelay): Promise<Peer> {
  const { port, ca } = relay.target
  const channel = new WebSocket(
    `${ca === undefined ? 'ws' : 'wss'}://localhost:${port}/$hc/${HYBRID_CONNECTION}?sb-hc-action=listen`,
    {
      headers: { ServiceBusAuthorization: relay.listenToken },
      ...(ca === undefined ? {} : { ca }),
    },
  )
  try {
    await within(once(channel, 'open'), START_TIMEOUT_MS, 'the control channel')
    return new RendezvousPeer(relay, channel)
  } catch (error) {
    await relay.stop()
    throw error
  }
}

class RendezvousPeer implements Peer {
  readonly #relay: RendezvousRelay
  readonly #channel: WebSocket
  /** Tunnels whose listener has not come yet, by the id that the sender chose. */
  readonly #opening = new Map<string, { readBytes?: number; joined(end: Promise<End>): void }>()

  constructor(relay: RendezvousRelay, channel: WebSocket) {
    this.#relay = relay
    this.#channel = channel
    channel.on('error', () => {})
    channel.on('message', (data: Buffer) => this.#onMessage(data.toString()))
  }

  get name(): string {
    return this.#relay.name
  }

  get pid(): number {
    return this.#relay.pid
  }

  async open(readBytes?: number): Promise<Tunnel> {
    const { target, sendToken } = this.#relay
    const id = randomUUID()
    const listening = new Promise<End>((resolve) => {
      this.#opening.set(id, { ...(readBytes === undefined ? {} : { readBytes }), joined: resolve })
    })
    try {
      const start = performance.now()
      const sender = await dial(target, readBytes)
      await upgrade(sender, `/$hc/${HYBRID_CONNECTION}?sb-hc-action=connect&sb-hc-id=${id}`, [
        `ServiceBusAuthorization: ${sendToken}`,
      ])
      const handshakeMs = performance.now() - start
      const listener = await within(listening, ACCEPT_TIMEOUT_MS, 'the accept')
      return { sender, listener, handshakeMs, isListenerFramed: true }
    } finally {
      this.#opening.delete(id)
    }
  }

  async close(): Promise<void> {
    this.#channel.terminate()
    await this.#relay.stop()
  }

  #onMessage(text: string): void {
    const message = decodeServiceMessage(text)
    if (message.kind !== 'accept') return
    const opening = this.#opening.get(message.id.slice(0, GUID_CHARACTERS))
    if (!opening) return
    const { pathname, search } = new URL(message.address)
    const joining = dial(this.#relay.target, opening.readBytes).then(async (end) => {
      await upgrade(end, pathname + search)
      return end
    })
    // The sender's own handshake reports the failure too; this one must not end the process.
    joining.catch(() => {})
    opening.joined(joining)
  }
}
