import { once } from 'node:events'
import type { Test } from 'tap'
import WebSocket from 'ws'
import type { RemoteEndpoint } from '../../protocol/control-message.ts'
import { type Port, type RawPeer, openUpgrade, targetOf } from './raw-peer.ts'
import type { TestRelay } from './relay.ts'

/** The object of a `request` message, with the members it really had. */
export type OfferedRequest = {
  readonly address: string
  readonly id: string
  readonly requestTarget: string
  readonly method: string
  readonly remoteEndpoint: RemoteEndpoint
  readonly requestHeaders: Readonly<Record<string, string>>
  readonly body?: boolean
}

/** One message of a control channel. */
export type ControlText = { readonly text: string; readonly isBinary: false }
export type ControlBinary = { readonly bytes: Buffer; readonly isBinary: true }

/** What a listener answers; members left out are left out of the message too. */
export type ScriptedAnswer = {
  readonly requestId?: string
  readonly statusCode?: number | string
  readonly statusDescription?: string | null
  readonly responseHeaders?: unknown
}

/** A control channel that a test scripts message by message. */
export type HttpListener = {
  readonly socket: WebSocket
  /** The next message, whatever it is. */
  message(): Promise<ControlText | ControlBinary>
  /** The next request and, when it announced one, its body. */
  next(): Promise<{ readonly request: OfferedRequest; readonly body: Buffer | undefined }>
  /** Answers on the control channel; a body goes out as one binary message. */
  answer(request: OfferedRequest, answer?: ScriptedAnswer, body?: string | Buffer): void
  /** Dials the address of a request; resolves behind the 101. */
  dial(request: { readonly address: string }): Promise<RawPeer>
  /** Dials, and answers whatever comes of it. */
  tryDial(request: { readonly address: string }): Promise<RawPeer>
}

export type HttpListenOptions = {
  readonly port?: Port
  readonly id?: string
}

/** Opens a control channel on `path` that ends with the test. */
export async function listenHttp(
  t: Test,
  relay: TestRelay,
  path = 'open',
  { port = 'plain', id }: HttpListenOptions = {},
): Promise<HttpListener> {
  const query = `sb-hc-action=listen${id === undefined ? '' : `&sb-hc-id=${id}`}`
  const base =
    port === 'tls' ? `wss://localhost:${relay.port}` : `ws://localhost:${relay.plainPort}`
  const socket = new WebSocket(`${base}/$hc/${path}?${query}`, {
    ca: relay.caPem,
    perMessageDeflate: false,
    headers: { ServiceBusAuthorization: relay.token({ path }) },
  })
  t.teardown(() => socket.terminate())
  socket.on('error', () => {})
  const messages: (ControlText | ControlBinary)[] = []
  let wake = () => {}
  socket.on('message', (data: Buffer, isBinary: boolean) => {
    messages.push(isBinary ? { bytes: data, isBinary } : { text: data.toString(), isBinary })
    wake()
  })
  await once(socket, 'open')
  const message = async () => {
    for (;;) {
      const first = messages.shift()
      if (first) return first
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  const tryDial = (request: { readonly address: string }) =>
    openUpgrade(t, relay, targetOf(request.address), { port })
  return {
    socket,
    message,
    async next() {
      const command = await message()
      if (command.isBinary) throw new Error('a body came that no request announced')
      const { request } = JSON.parse(command.text) as { request: OfferedRequest }
      if (request.body !== true) return { request, body: undefined }
      const body = await message()
      if (!body.isBinary) throw new Error('something came between a request and its body')
      return { request, body: body.bytes }
    },
    answer(request, answer = {}, body) {
      socket.send(responseText(request, answer, body !== undefined))
      if (body !== undefined) socket.send(Buffer.from(body))
    },
    tryDial,
    async dial(request) {
      const peer = await tryDial(request)
      const { status } = await peer.head()
      if (status !== 101) throw new Error(`the rendezvous was refused with ${status}`)
      return peer
    },
  }
}

/** A `response` message; with status 200 unless the answer has its own. */
export function responseText(
  request: { readonly id: string },
  answer: ScriptedAnswer = {},
  body = false,
): string {
  return JSON.stringify({
    response: { requestId: request.id, statusCode: 200, body, ...answer },
  })
}
