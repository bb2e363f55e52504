import { randomUUID } from 'node:crypto'
import assert from 'node:assert/strict'
import { OPCODE } from '../../../protocol/websocket/frame-header.ts'
import { Unmet } from '../case.ts'
import type { Scope } from '../scope.ts'
import type { Peer } from '../wire/peer.ts'
import type { Arrival } from './arrival.ts'
import { ControlSide, type SeenResponse } from './control-side.ts'
import { Program } from './program.ts'
import { ENTITY, type ScriptedRelay } from './scripted-relay.ts'

export type OfferInput = {
  readonly query?: string
  readonly suffix?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Rewrites the text of the command before it goes out. */
  readonly rewrite?: (text: string) => string
}

/** A sender that is offered to the listener. */
export type Offer = { readonly id: string; readonly address: string }

export type AskInput = {
  readonly method?: string
  readonly suffix?: string
  readonly query?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Buffer | string
  /** Cuts the body into so many frames. Default 1. */
  readonly frames?: number
}

/** What survives from case to case: one listener under test, and whatever it did. */
export class ListenerSession {
  readonly relay: ScriptedRelay
  readonly channels: ControlSide[] = []
  /** Handshakes of the listener, oldest first, accepted or not. */
  readonly attempts: Arrival[] = []
  /** Decides on a handshake; undefined lets it in. */
  decide: (attempt: Arrival) => { readonly status: number; readonly reason: string } | undefined =
    () => undefined
  readonly #command: readonly string[]
  readonly #env: NodeJS.ProcessEnv
  #program: Program | undefined

  constructor(relay: ScriptedRelay, command: readonly string[], env: NodeJS.ProcessEnv) {
    this.relay = relay
    this.#command = command
    this.#env = env
    relay.onArrival = (arrival) => this.#arrived(arrival)
  }

  get program(): Program | undefined {
    return this.#program
  }

  /** Starts the client, unless it runs. */
  start(extra: Readonly<Record<string, string>> = {}): void {
    if (this.#program && !this.#program.isOver) return
    const env = { ...this.#env, ...this.relay.environment, ...extra }
    this.#program = new Program(this.#command, env)
  }

  async stop(): Promise<void> {
    await this.#program?.stop()
    this.#program = undefined
  }

  #arrived(arrival: Arrival): void {
    if (arrival.kind !== 'listen') return
    this.attempts.push(arrival)
    const refusal = this.decide(arrival)
    if (refusal) return arrival.refuse(refusal.status, refusal.reason)
    arrival.accept()
    this.channels.push(new ControlSide(arrival))
  }
}

/** What a case for a listener works with. */
export class ListenerBench {
  readonly session: ListenerSession
  readonly scope: Scope

  constructor(session: ListenerSession, scope: Scope) {
    this.session = session
    this.scope = scope
  }

  get relay(): ScriptedRelay {
    return this.session.relay
  }

  /** The control channel that is open now, or the next one to open; starts the client where it has ended. */
  async channel(patienceMs = CONNECT_PATIENCE_MS): Promise<ControlSide> {
    this.session.decide = () => undefined
    this.session.start()
    const { program } = this.session
    void program?.ended.then(
      () => this.relay.wake(),
      () => this.relay.wake(),
    )
    try {
      return await this.relay.until(
        this.scope,
        'a control channel',
        () => this.session.channels.findLast((channel) => channel.isOnline),
        patienceMs,
      )
    } catch (error) {
      const words = program?.lastWords ?? ''
      if (error instanceof Unmet && words !== '')
        throw new Unmet(`${error.message}; the client says: ${words}`)
      throw error
    }
  }

  /** Ends a channel by `end` and waits for the next one. */
  async comesBack(end: (channel: ControlSide) => void): Promise<ControlSide> {
    const lost = await this.channel()
    const { channels } = this.session
    const count = channels.length
    end(lost)
    return this.relay.until(
      this.scope,
      'a new control channel',
      () => (channels.length > count ? channels.at(-1) : undefined),
      BACK_MS,
    )
  }

  /** Offers a sender on a channel. */
  offer(channel: ControlSide, input: OfferInput = {}): Offer {
    const { query = '', suffix = '', headers = {}, rewrite = (text) => text } = input
    const id = `${randomUUID()}_G1`
    const own = `sb-hc-action=accept&sb-hc-id=${id}&sb-hc-secret=0123abcd`
    const address = this.relay.address(
      channel.arrival,
      `${ENTITY}${suffix}`,
      query === '' ? own : `${query}&${own}`,
    )
    const accept = {
      address,
      id,
      connectHeaders: { ...CONNECT_HEADERS, ...headers },
      remoteEndpoint,
    }
    channel.write(rewrite(JSON.stringify({ accept })))
    return { id, address }
  }

  /** The connection that the listener opens for an offer, not yet answered. */
  dialled({ id }: Offer, patienceMs?: number): Promise<Arrival> {
    return this.relay.next(this.scope, 'accept', {
      fits: (arrival) => arrival.parameter('sb-hc-id') === id,
      ...(patienceMs !== undefined && { patienceMs }),
    })
  }

  /** A relayed WebSocket to the listener, open. */
  async open(input: OfferInput & { readonly early?: Uint8Array } = {}): Promise<Peer> {
    const arrival = await this.dialled(this.offer(await this.channel(), input))
    const asked = arrival.head.headers.get('Sec-WebSocket-Protocol')?.split(',')[0]?.trim()
    const peer = arrival.accept({ protocol: asked, ...(input.early && { early: input.early }) })
    // A connection that a case leaves open is cut, not left to the next case.
    this.scope.defer(() => peer.socket.destroy())
    return peer
  }

  /** True echo of one message. */
  async checkEcho(peer: Peer, data: Buffer | string): Promise<void> {
    if (typeof data === 'string') peer.sendText(data)
    else peer.sendBinary(data)
    const message = await peer.message('the echo')
    assert.equal(message.isText, typeof data === 'string', 'the echo is of the same kind')
    assert.ok(message.data.equals(Buffer.from(data)), `the echo of ${data.length} bytes differs`)
  }

  /** Writes a whole request on a channel. */
  ask(
    channel: ControlSide,
    input: AskInput = {},
  ): { readonly id: string; readonly address: string } {
    const { id, address, text } = this.draft(channel.arrival, input)
    channel.write(text)
    if (input.body !== undefined) sendBody(channel.peer, Buffer.from(input.body), input.frames ?? 1)
    return { id, address }
  }

  /** Writes a request that the listener must fetch from its address. */
  askByAddress(channel: ControlSide, input: AskInput = {}) {
    const made = this.draft(channel.arrival, input)
    channel.write(JSON.stringify({ request: { address: made.address } }))
    return made
  }

  /** The connection that the listener opens for a request; it is answered. */
  async fetched({ id }: { readonly id: string }, patienceMs?: number): Promise<ControlSide> {
    const arrival = await this.relay.next(this.scope, 'request', {
      fits: (one) => one.parameter('sb-hc-id') === id,
      ...(patienceMs !== undefined && { patienceMs }),
    })
    arrival.accept()
    this.scope.defer(() => arrival.peer.socket.destroy())
    return new ControlSide(arrival)
  }

  /** A request over the control channel and its response, whichever way that comes. */
  async exchange(
    input: AskInput = {},
  ): Promise<{ readonly response: SeenResponse; readonly on: 'channel' | 'rendezvous' }> {
    const channel = await this.channel()
    const asked = this.ask(channel, input)
    const way = await this.relay.until(this.scope, 'the response', () => {
      if (channel.responses.some(({ requestId }) => requestId === asked.id)) return 'channel'
      const isDialled = this.relay.arrivals.some(
        (one) => one.kind === 'request' && one.parameter('sb-hc-id') === asked.id,
      )
      if (isDialled) return 'rendezvous'
      if (channel.faults[0] !== undefined) throw new Unmet(channel.faults[0])
      // The channel wakes its own waiters only.
      setTimeout(() => this.relay.wake(), 20)
      return undefined
    })
    const on = way === 'channel' ? channel : await this.fetched(asked)
    return { response: await on.response(this.scope, asked.id), on: way }
  }

  /** A request for the listener of this channel, not yet written. */
  draft(arrival: Arrival, input: AskInput = {}) {
    const { method = 'GET', suffix = '', query = '', headers = {}, body } = input
    const id = `${randomUUID()}_G1`
    const own = `sb-hc-action=request&sb-hc-id=${id}`
    const address = this.relay.address(arrival, ENTITY, own)
    const request = {
      address,
      id,
      requestTarget: `/${ENTITY}${suffix}${query === '' ? '' : `?${query}`}`,
      method,
      remoteEndpoint,
      requestHeaders: { Host: 'localhost', Via: '1.1 localhost', ...headers },
      body: body !== undefined,
    }
    return { id, address, text: JSON.stringify({ request }) }
  }
}

/** Time for a program to start and to connect, ms. */
const CONNECT_PATIENCE_MS = 15_000

/** Time within which a listener must be back after one loss, ms: the first delays of the official ones are 0 and 1 s. */
export const BACK_MS = 15_000

const remoteEndpoint = { address: '203.0.113.7', port: 62_917 }

const CONNECT_HEADERS = {
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version': '13',
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  Host: 'localhost',
  'User-Agent': 'relay-conformance',
}

/** A binary message in `count` frames; the last one is empty where there is more than one, as the service does. */
export function sendBody(peer: Peer, body: Buffer, count: number): void {
  if (count === 1) return peer.sendBinary(body)
  const size = Math.ceil(body.length / count)
  for (let index = 0; index < count; index++) {
    const payload = body.subarray(index * size, (index + 1) * size)
    const opcode = index === 0 ? OPCODE.binary : OPCODE.continuation
    peer.send({ opcode, payload, fin: false })
  }
  peer.send({ opcode: OPCODE.continuation, payload: '', fin: true })
}
