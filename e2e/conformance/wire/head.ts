import { createHash } from 'node:crypto'
import { Unmet } from '../case.ts'
import type { HeaderList } from '../../../protocol/headers.ts'

/** Headers of a message, in the order and spelling of the wire. */
export class Headers {
  readonly list: HeaderList

  constructor(list: HeaderList) {
    this.list = list
  }

  all(name: string): readonly string[] {
    const key = name.toLowerCase()
    return this.list.flatMap(([given, value]) => (given.toLowerCase() === key ? [value] : []))
  }

  /** The one value of a header, undefined when it is missing. Throws an Unmet when it came more than once. */
  get(name: string): string | undefined {
    const values = this.all(name)
    if (values.length > 1) throw new Unmet(`the header ${name} came ${values.length} times`)
    return values[0]
  }

  has(name: string): boolean {
    return this.all(name).length > 0
  }
}

/** First line and headers of a response. */
export type ResponseHead = {
  readonly version: string
  readonly status: number
  readonly reason: string
  readonly headers: Headers
}

/** First line and headers of a request. */
export type RequestHead = {
  readonly method: string
  readonly target: string
  readonly version: string
  readonly headers: Headers
}

const WEBSOCKET_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** `Sec-WebSocket-Accept` for a key. Source: RFC 6455 1.3. */
export function acceptFor(key: string): string {
  return createHash('sha1')
    .update(key + WEBSOCKET_GUID)
    .digest('base64')
}

/** Reads a response head without its blank line. Throws an Unmet for what is none. */
export function readResponseHead(text: string): ResponseHead {
  const { first, headers } = readLines(text)
  const [, version = '', status = '', reason = ''] = /^(\S+) (\d{3}) ?(.*)$/.exec(first) ?? []
  if (status === '') throw new Unmet(`the answer begins with ${JSON.stringify(first.slice(0, 80))}`)
  return { version, status: Number(status), reason, headers }
}

/** Reads a request head without its blank line. Throws an Unmet for what is none. */
export function readRequestHead(text: string): RequestHead {
  const { first, headers } = readLines(text)
  const [, method = '', target = '', version = ''] = /^(\S+) (\S+) (\S+)$/.exec(first) ?? []
  if (method === '') throw new Unmet('the request has no proper first line')
  return { method, target, version, headers }
}

function readLines(text: string): { readonly first: string; readonly headers: Headers } {
  const [first = '', ...lines] = text.split('\r\n')
  const list = lines.map((line) => {
    const colon = line.indexOf(':')
    return [line.slice(0, Math.max(colon, 0)), line.slice(colon + 1).trim()] as const
  })
  return { first, headers: new Headers(list) }
}
