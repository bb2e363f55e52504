import { once } from 'node:events'
import type { Test } from 'tap'
import WebSocket from 'ws'
import { type Port, type RawPeer, type Upgrade, openUpgrade, targetOf } from './raw-peer.ts'
import type { TestRelay } from './relay.ts'

/** The `accept` message as it came. */
export type Accept = {
  readonly address: string
  readonly id: string
  readonly connectHeaders: Readonly<Record<string, string>>
  readonly remoteEndpoint: { readonly address: string; readonly port: number }
}

/** A control channel held by a test. */
export type TestListener = {
  readonly socket: WebSocket
  /** The next offer; offers are kept until somebody asks. One may ask at a time. */
  next(): Promise<Accept>
  /** The text of every message so far. */
  readonly messages: readonly string[]
  /** Code and reason of the Close. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
  /** Dials the next offer's address, or the given one's. */
  join(upgrade?: Upgrade, accept?: Accept): Promise<RawPeer>
  /** Dials the next offer's address with a refusal behind it, e.g. `&statusCode=403`. */
  reject(parameters: string): Promise<RawPeer>
}

export type ListenOptions = {
  readonly port?: Port
  readonly id?: string
  readonly token?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly autoPong?: boolean
}

/** Opens a control channel on `path` that ends with the test. */
export async function listen(
  t: Test,
  relay: TestRelay,
  path: string,
  { port = 'plain', id, token, headers = {}, autoPong = true }: ListenOptions = {},
): Promise<TestListener> {
  const query = `sb-hc-action=listen${id === undefined ? '' : `&sb-hc-id=${id}`}`
  const base =
    port === 'tls' ? `wss://localhost:${relay.port}` : `ws://localhost:${relay.plainPort}`
  const socket = new WebSocket(`${base}/$hc/${path}?${query}`, {
    ca: relay.caPem,
    autoPong,
    headers: { ServiceBusAuthorization: token ?? relay.token({ path }), ...headers },
  })
  t.teardown(() => socket.terminate())
  socket.on('error', () => {})
  const messages: string[] = []
  const offers: Accept[] = []
  let wake = () => {}
  socket.on('message', (data: Buffer) => {
    messages.push(data.toString())
    offers.push((JSON.parse(data.toString()) as { accept: Accept }).accept)
    wake()
  })
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.once('close', (code: number, reason: Buffer) =>
      resolve({ code, reason: reason.toString() }),
    ),
  )
  await once(socket, 'open')
  const next = async () => {
    for (;;) {
      const offer = offers.shift()
      if (offer) return offer
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  return {
    socket,
    messages,
    closed,
    next,
    join: async (upgrade = {}, accept) =>
      openUpgrade(t, relay, targetOf((accept ?? (await next())).address), { port, ...upgrade }),
    reject: async (parameters) =>
      openUpgrade(t, relay, `${targetOf((await next()).address)}${parameters}`, { port }),
  }
}

/** A sender and a listener joined on the anonymous entity `open`, both behind their 101. */
export async function openPair(
  t: Test,
  relay: TestRelay,
  port: Port = 'plain',
): Promise<{
  readonly sender: RawPeer
  readonly rendezvous: RawPeer
  readonly listener: TestListener
}> {
  const listener = await listen(t, relay, 'open', { port })
  const sender = await openUpgrade(t, relay, '/$hc/open', { port })
  const rendezvous = await listener.join()
  await Promise.all([sender.head(), rendezvous.head()])
  return { sender, rendezvous, listener }
}
