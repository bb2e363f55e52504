import { once } from 'node:events'
import { type Socket, connect as connectPlain } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Test } from 'tap'
import {
  type Frame,
  FrameParser,
  clientFrame,
} from '../../protocol/websocket/testing/reference-frames.ts'
import type { TestRelay } from './relay.ts'

/** A response's status line and headers, as they stood on the wire. */
export type Head = {
  readonly status: number
  readonly reason: string
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>
  /** The value of a header; undefined when it is missing, and a fault of the test when it came twice. */
  header(name: string): string | undefined
}

export type Port = 'tls' | 'plain'

/** A TCP or TLS connection that a test drives byte by byte, because clients hide most of what the relay does. */
export class RawPeer {
  readonly socket: Socket
  /** Resolves when the connection is closed, whatever the reason. */
  readonly closed: Promise<void>
  /** Resolves when the relay has ended its side. */
  readonly ended: Promise<void>
  /** Bytes that came so far. */
  received = 0
  readonly #frames = new FrameParser()
  #text = Buffer.alloc(0)
  #isFramed = false
  #wake: () => void = () => {}
  #isClosed = false
  readonly #tcp: Socket

  /** `tcp` is what lies below a TLS socket. */
  constructor(socket: Socket, tcp: Socket = socket) {
    this.socket = socket
    this.#tcp = tcp
    tcp.on('error', () => {})
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    this.ended = new Promise((resolve) => socket.once('end', resolve))
    this.closed = new Promise((resolve) =>
      socket.once('close', () => {
        this.#isClosed = true
        this.#wake()
        resolve()
      }),
    )
  }

  /** The next response head; what follows it is frames after a 101, and text otherwise. */
  async head(): Promise<Head> {
    for (;;) {
      const end = this.#text.indexOf('\r\n\r\n')
      if (end >= 0) {
        const head = parseHead(this.#text.toString('latin1', 0, end))
        const rest = this.#text.subarray(end + 4)
        this.#text = Buffer.alloc(0)
        this.#isFramed = head.status === 101
        if (this.#isFramed) this.#frames.push(rest)
        else this.#text = rest
        return head
      }
      if (this.#isClosed) throw new Error('the connection was closed before an answer')
      await this.#more()
    }
  }

  /** Everything behind the last head until the relay ends its side. */
  async rest(): Promise<string> {
    await this.over()
    return this.#text.toString('utf8')
  }

  /** The text behind the last head, `length` bytes of it. */
  async body(length: number): Promise<string> {
    while (this.#text.length < length) {
      if (this.#isClosed) throw new Error('the connection was closed inside a body')
      await this.#more()
    }
    const body = this.#text.toString('utf8', 0, length)
    this.#text = this.#text.subarray(length)
    return body
  }

  /** The next frame. Rejects when the connection is closed first. */
  frame(): Promise<Frame> {
    const late = this.closed.then(async () => {
      // What came before the end is handed out first.
      await new Promise((resolve) => setImmediate(resolve))
      throw new Error('the connection was closed before a frame')
    })
    late.catch(() => {})
    return Promise.race([this.#frames.frame(), late])
  }

  /** Bytes of frames that nobody asked for. */
  get pendingFrameBytes(): number {
    return this.#frames.pending
  }

  /** Writes one masked frame. */
  send(opcode: number, payload: Uint8Array | string, options: { fin?: boolean } = {}): void {
    this.socket.write(clientFrame(opcode, Buffer.from(payload), options))
  }

  /** Resolves when the relay has ended its side, in order or not, and ends this one. */
  async over(): Promise<void> {
    await Promise.race([this.ended, this.closed])
    this.socket.end()
  }

  /** Vanishes: a TCP reset. */
  reset(): void {
    this.#tcp.resetAndDestroy()
  }

  async #more(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve
    })
  }

  #take(chunk: Buffer): void {
    this.received += chunk.length
    if (this.#isFramed) this.#frames.push(chunk)
    else this.#text = Buffer.concat([this.#text, chunk])
    this.#wake()
  }
}

/** Opens a connection that ends with the test. */
export async function openRaw(t: Test, relay: TestRelay, port: Port = 'plain'): Promise<RawPeer> {
  const tcp = connectPlain({
    port: port === 'plain' ? relay.plainPort : relay.port,
    host: '127.0.0.1',
    noDelay: true,
    allowHalfOpen: true,
  })
  t.teardown(() => tcp.destroy())
  await once(tcp, 'connect')
  if (port === 'plain') return new RawPeer(tcp)
  const socket = connectTls({ socket: tcp, ca: relay.caPem, servername: 'localhost' })
  socket.allowHalfOpen = true
  t.teardown(() => socket.destroy())
  await once(socket, 'secureConnect')
  return new RawPeer(socket, tcp)
}

export type Upgrade = {
  readonly port?: Port
  /** Replaced or added; an empty value leaves the header out. */
  readonly headers?: Readonly<Record<string, string>>
  /** Written in the same segment as the head. */
  readonly early?: Uint8Array
}

export const WEBSOCKET_KEY = 'dGhlIHNhbXBsZSBub25jZQ=='
/** The answer to {@link WEBSOCKET_KEY}. Source: RFC 6455 1.3. */
export const WEBSOCKET_ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='

/** Opens a connection and writes a WebSocket handshake for `target`, e.g. `/$hc/demo?sb-hc-action=listen`. */
export async function openUpgrade(
  t: Test,
  relay: TestRelay,
  target: string,
  { port = 'plain', headers = {}, early = new Uint8Array() }: Upgrade = {},
): Promise<RawPeer> {
  const peer = await openRaw(t, relay, port)
  const own = port === 'plain' ? relay.plainPort : relay.port
  const all: Record<string, string> = {
    Host: `localhost:${own}`,
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Key': WEBSOCKET_KEY,
    'Sec-WebSocket-Version': '13',
    ...headers,
  }
  const lines = Object.entries(all).flatMap(([name, value]) =>
    value === '' ? [] : [`${name}: ${value}`],
  )
  const head = Buffer.from(`GET ${target} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`, 'latin1')
  peer.socket.write(Buffer.concat([head, early]))
  return peer
}

/** Path and query of an address the relay wrote. */
export function targetOf(address: string): string {
  return address.replace(/^wss?:\/\/[^/]*/, '')
}

function parseHead(text: string): Head {
  const [line = '', ...rest] = text.split('\r\n')
  const [, status = '', reason = ''] = /^HTTP\/1\.1 (\d{3}) ?(.*)$/.exec(line) ?? []
  const headers = rest.map((entry) => {
    const colon = entry.indexOf(':')
    return [entry.slice(0, colon), entry.slice(colon + 1).trim()] as const
  })
  return {
    status: Number(status),
    reason,
    headers,
    header(name) {
      const found = headers.filter(([key]) => key.toLowerCase() === name.toLowerCase())
      if (found.length > 1) throw new Error(`${name} came ${found.length} times`)
      return found[0]?.[1]
    },
  }
}
