import { readTarget } from '../../../protocol/addresses.ts'
import { readParameter } from '../../../protocol/parameters.ts'
import { acceptFor } from '../wire/head.ts'
import type { RequestHead } from '../wire/head.ts'
import type { Peer } from '../wire/peer.ts'

/** What a connection of the client under test is, told by its first line. */
export type ArrivalKind = 'listen' | 'connect' | 'accept' | 'request' | 'http'

/** The handshake or request of one connection, not yet answered. */
export class Arrival {
  readonly kind: ArrivalKind
  readonly head: RequestHead
  readonly peer: Peer
  /** When it came, ms on the clock of `performance`. */
  readonly atMs: number
  readonly isTls: boolean
  isAnswered = false

  constructor(head: RequestHead, peer: Peer, isTls: boolean) {
    this.head = head
    this.peer = peer
    this.atMs = performance.now()
    this.isTls = isTls
    this.kind = kindOf(head)
  }

  /** Raw text after the `?`. */
  get query(): string {
    const start = this.head.target.indexOf('?')
    return start === -1 ? '' : this.head.target.slice(start + 1)
  }

  parameter(name: string): string | undefined {
    return readParameter(this.query, name)
  }

  /** The token, wherever it stands. */
  get token(): string | undefined {
    const { headers } = this.head
    const written = headers.get('ServiceBusAuthorization') ?? this.parameter('sb-hc-token')
    return written ?? headers.get('Authorization')
  }

  /** Answers 101; `early` goes out in the same segment. */
  accept({ protocol, early }: { protocol?: string | undefined; early?: Uint8Array } = {}): Peer {
    const key = this.head.headers.get('Sec-WebSocket-Key') ?? ''
    const lines = [
      'HTTP/1.1 101 Switching Protocols',
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Accept: ${acceptFor(key)}`,
      ...(protocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${protocol}`]),
    ]
    this.isAnswered = true
    this.peer.speakFrames()
    const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`)
    this.peer.socket.write(early ? Buffer.concat([head, early]) : head)
    return this.peer
  }

  /** Refuses as the service does: the text is the reason phrase. */
  refuse(status: number, reason: string): void {
    this.answer(status, reason, ['Content-Type: text/plain', 'Connection: close'], `${reason}\n`)
    this.peer.socket.end()
  }

  /** Answers an HTTP request. */
  answer(status: number, reason: string, headers: readonly string[], body: string | Buffer): void {
    this.isAnswered = true
    const length = `Content-Length: ${Buffer.byteLength(body)}`
    const head = `HTTP/1.1 ${status} ${reason}\r\n${[...headers, length].join('\r\n')}\r\n\r\n`
    this.peer.socket.write(Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(body)]))
  }
}

function kindOf({ target, headers }: RequestHead): ArrivalKind {
  const { isHybridConnection, query } = readTarget(target)
  if (!isHybridConnection || headers.get('Upgrade')?.toLowerCase() !== 'websocket') return 'http'
  const action = (readParameter(query, 'sb-hc-action') ?? 'connect').toLowerCase()
  return action === 'listen' || action === 'accept' || action === 'request' ? action : 'connect'
}
