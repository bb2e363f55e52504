import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { Scope } from '../scope.ts'
import { type Answer, readAnswer } from '../wire/answer.ts'
import { dial, readAddress } from '../wire/dial.ts'
import type { ResponseHead } from '../wire/head.ts'
import type { Peer } from '../wire/peer.ts'
import { type Accept, ControlListener, type Request, type Response } from './control-listener.ts'
import { type Credential, tokenOf } from './credential.ts'
import { type HeadersInput, headBytes, pairs, upgradeBytes } from './handshake.ts'
import { type Target, type TargetEntity, bare, escapePath } from './target.ts'

export type TokenInput = {
  readonly credential?: Credential | undefined
  /** What it is for; `http://HOST/ENTITY/` when left out. */
  readonly resource?: string
  readonly seconds?: number
}

export type CallInput = {
  /** Behind the entity's path, e.g. `/rooms/1`. */
  readonly suffix?: string
  /** Raw, without `?`. */
  readonly query?: string
  readonly headers?: HeadersInput
  /** Put into `ServiceBusAuthorization`; null for none. */
  readonly token?: string | null
}

export type ConnectInput = CallInput & {
  readonly id?: string
  readonly protocols?: string
  /** In place of path and query. */
  readonly target?: string
}

export type RequestInput = CallInput & {
  readonly method?: string
  readonly target?: string
  /** Its `Content-Length` is written, also for an empty one. */
  readonly body?: string | Buffer
  /** An open connection that is used again. */
  readonly on?: Peer
}

/** A sender and a listener joined by the relay, both behind their 101. */
export type Pair = {
  readonly listener: ControlListener
  readonly accept: Accept
  readonly sender: Peer
  readonly rendezvous: Peer
}

/** What a relay case works with: one hybrid connection, and everything it opens there. */
export class RelayBench {
  readonly target: Target
  readonly entity: TargetEntity
  readonly scope: Scope

  constructor(target: Target, entity: TargetEntity, scope: Scope) {
    this.target = target
    this.entity = entity
    this.scope = scope
  }

  /** Name of the namespace as clients write it, without port. */
  get host(): string {
    return bare(this.target.host)
  }

  /** The entity's path as it stands in request lines. */
  get path(): string {
    return escapePath(this.entity.path)
  }

  listenToken(input: TokenInput = {}): string {
    return this.#token({ credential: this.entity.listen, ...input })
  }

  sendToken(input: TokenInput = {}): string {
    return this.#token({ credential: this.entity.send, ...input })
  }

  /** An open connection to the relay. */
  dial(): Promise<Peer> {
    return dial(this.scope, this.target, this.target.trust)
  }

  /** Writes a handshake on a connection of its own. */
  async upgrade(
    target: string,
    input: { headers?: HeadersInput; host?: string; early?: Uint8Array } = {},
  ): Promise<Peer> {
    const peer = await this.dial()
    const { headers = [], host = this.target.host, early = Buffer.alloc(0) } = input
    peer.socket.write(Buffer.concat([upgradeBytes({ host, target, headers }), early]))
    return peer
  }

  /** Writes the handshake of a control channel. */
  async tryListen(
    input: ConnectInput & { readonly host?: string } = {},
  ): Promise<{ readonly id: string; readonly peer: Peer }> {
    const { id = randomUUID(), token = this.listenToken(), headers = [], suffix = '' } = input
    const query = input.query ?? `sb-hc-action=listen&sb-hc-id=${id}`
    const all = [...tokenHeader(token), ...pairs(headers)]
    const target = input.target ?? `/$hc/${this.path}${suffix}?${query}`
    const host = input.host ?? this.target.host
    return { id, peer: await this.upgrade(target, { headers: all, host }) }
  }

  /** Opens a control channel with an id of its own. */
  async listen(input: ConnectInput = {}): Promise<ControlListener> {
    const { id, peer } = await this.tryListen(input)
    const { status, reason } = await peer.head()
    assert.equal(`${status} ${status === 101 ? '' : reason}`, '101 ', 'answer to a listener')
    // The channel goes in order, so that the relay does not offer anything to a listener that is gone.
    this.scope.defer(async () => {
      if (peer.isOver) return
      peer.sendClose(1000)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 500)
        const done = () => {
          clearTimeout(timer)
          resolve()
        }
        peer.socket.once('end', done).once('close', done)
      })
    })
    return new ControlListener(id, peer)
  }

  /** Writes a sender's handshake that `listener` alone may get; null leaves the choice to the relay. */
  async connect(
    listener: Pick<ControlListener, 'id'> | null,
    input: ConnectInput = {},
  ): Promise<Peer> {
    const { id, protocols, headers = [], suffix = '', query, token = this.#ownToken() } = input
    const own = ['sb-hc-action=connect', ...(id === undefined ? [] : [`sb-hc-id=${id}`])]
    const target =
      input.target ??
      `/$hc/${this.path}${suffix}?${[...(query === undefined ? [] : [query]), ...own].join('&')}`
    return this.upgrade(target, {
      headers: [
        ...tokenHeader(token),
        ...onlyFor(listener),
        ...(protocols === undefined ? [] : [['Sec-WebSocket-Protocol', protocols] as const]),
        ...pairs(headers),
      ],
    })
  }

  /** Dials a message's address, as it is, without a token; the answer is left to read. */
  async dialAddress(address: string, headers: HeadersInput = []): Promise<Peer> {
    const { host, target, ...place } = readAddress(address)
    const peer = await dial(this.scope, place, this.target.trust)
    peer.socket.write(upgradeBytes({ host, target, headers }))
    return peer
  }

  /** Dials a message's address and is let in. */
  async join({ address }: { readonly address: string }, headers: HeadersInput = []): Promise<Peer> {
    const peer = await this.dialAddress(address, headers)
    const { status, reason } = await peer.head()
    assert.equal(status, 101, `answer to the rendezvous (${reason})`)
    return peer
  }

  /** Joins a request's address; it speaks the commands of a control channel. */
  async joinRequest(request: { readonly address: string }): Promise<ControlListener> {
    return new ControlListener('', await this.join(request))
  }

  /** Dials an offer's address with a refusal behind it. */
  async reject({ address }: Accept, parameters: string): Promise<ResponseHead> {
    return (await this.dialAddress(`${address}&${parameters}`)).head()
  }

  /** A sender and a listener joined. */
  async pair(
    input: ConnectInput & { listener?: ControlListener; rendezvousHeaders?: HeadersInput } = {},
  ): Promise<Pair> {
    const listener = input.listener ?? (await this.listen())
    const sender = await this.connect(listener, input)
    const accept = await listener.nextAccept()
    const rendezvous = await this.join(accept, input.rendezvousHeaders)
    const { status, reason } = await sender.head()
    assert.equal(status, 101, `answer to the sender (${reason})`)
    return { listener, accept, sender, rendezvous }
  }

  /** Writes an HTTP request that `listener` alone may get; null leaves the choice to the relay. */
  async request(
    listener: Pick<ControlListener, 'id'> | null,
    input: RequestInput = {},
  ): Promise<Peer> {
    const { method = 'GET', suffix = '', query, headers = [], body, on } = input
    const { token = this.#ownToken() } = input
    const peer = on ?? (await this.dial())
    const target = input.target ?? `/${this.path}${suffix}${query === undefined ? '' : `?${query}`}`
    const given = pairs(headers)
    const length = Buffer.byteLength(body ?? '')
    const head = headBytes(`${method} ${target} HTTP/1.1`, [
      ...(given.some(([name]) => name.toLowerCase() === 'host')
        ? []
        : [['Host', this.target.host] as const]),
      ...tokenHeader(token),
      ...onlyFor(listener),
      ...given,
      ...(body === undefined ? [] : [['Content-Length', String(length)] as const]),
    ])
    peer.socket.write(Buffer.concat([head, Buffer.from(body ?? '')]))
    return peer
  }

  /** A request, its message at the listener, the listener's answer, and what the sender got. */
  async exchange(
    input: RequestInput & {
      readonly listener?: ControlListener
      readonly response?: Response
      readonly responseBody?: string | Buffer
    } = {},
  ): Promise<{
    readonly listener: ControlListener
    readonly request: Request
    readonly body: Buffer | undefined
    readonly answer: Answer
    readonly sender: Peer
  }> {
    const listener = input.listener ?? (await this.listen())
    const sender = await this.request(listener, input)
    const { request, body } = await listener.nextRequest()
    listener.respond(request, input.response, input.responseBody)
    const answer = await readAnswer(sender, input.method)
    return { listener, request, body, answer, sender }
  }

  #ownToken(): string | null {
    return this.entity.isAnonymous ? null : this.sendToken()
  }

  #token({ credential, resource, seconds }: TokenInput): string {
    assert.ok(credential, 'the case has no credential for this')
    return tokenOf(credential, resource ?? `http://${this.host}/${this.entity.path}/`, seconds)
  }
}

function tokenHeader(token: string | null): readonly (readonly [string, string])[] {
  return token === null ? [] : [['ServiceBusAuthorization', token]]
}

function onlyFor(listener: Pick<ControlListener, 'id'> | null) {
  return listener === null ? [] : [['Microsoft-Relay-AllowedListeners', listener.id] as const]
}
