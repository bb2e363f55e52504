import { createHash } from 'node:crypto'
import { validateHeaderName, validateHeaderValue } from 'node:http'
import type { HeaderList } from '../protocol/headers.ts'
import { RelayClientError } from './errors.ts'

/** Headers as a caller gives them. */
export type HeadersInput = Readonly<Record<string, string | readonly string[]>> | HeaderList

export type UpgradeRequest = {
  /** Path and query, already escaped. */
  readonly target: string
  readonly host: string
  /** Value of `Sec-WebSocket-Key`. */
  readonly key: string
  readonly protocols: readonly string[]
  readonly headers: HeaderList
}

/** Head of a response. */
export type ResponseHead = {
  readonly status: number
  readonly reason: string
  readonly headers: HeaderList
}

const WEBSOCKET_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
/** Headers that belong to the handshake itself. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  'host',
  'connection',
  'upgrade',
  'sec-websocket-key',
  'sec-websocket-version',
  'sec-websocket-protocol',
  'sec-websocket-extensions',
])

/** The opening handshake as it goes over the wire. Source: RFC 6455 4.1. */
export function upgradeRequest({ target, host, key, protocols, headers }: UpgradeRequest): string {
  const lines: HeaderList = [
    ['Host', host],
    ['Connection', 'Upgrade'],
    ['Upgrade', 'websocket'],
    ['Sec-WebSocket-Key', key],
    ['Sec-WebSocket-Version', '13'],
    ...(protocols.length === 0 ? [] : [['Sec-WebSocket-Protocol', protocols.join(', ')] as const]),
    ...headers,
  ]
  return `GET ${target} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
}

/** Checks and lists a caller's headers. Throws a TypeError that names the header, never its value. */
export function headerLines(input: HeadersInput = []): HeaderList {
  const given: ReadonlyArray<readonly [string, string | readonly string[]]> = isList(input)
    ? input
    : Object.entries(input)
  return given.flatMap(([name, values]) => {
    validateHeaderName(name)
    if (OWN_HEADERS.has(name.toLowerCase())) {
      throw new TypeError(`${name} belongs to the handshake and cannot be set`)
    }
    return (typeof values === 'string' ? [values] : values).map((value) => {
      validateHeaderValue(name, value)
      return [name, value] as const
    })
  })
}

/** Checks sub-protocols. Throws a TypeError for one that is no token. */
export function protocolTokens(protocols: string | readonly string[] = []): readonly string[] {
  const list = typeof protocols === 'string' ? [protocols] : protocols
  for (const protocol of list) {
    if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(protocol)) {
      throw new TypeError(`a sub-protocol must be a token, not "${protocol}"`)
    }
  }
  return list
}

/** Reads a response head without its blank line. Throws RELAY_PROTOCOL. */
export function readResponseHead(text: string): ResponseHead {
  const [first = '', ...lines] = text.split('\r\n')
  const status = /^HTTP\/1\.[01] (\d{3})(?: (.*))?$/.exec(first)
  if (!status) throw protocolError('its answer is not HTTP')
  return {
    status: Number(status[1]),
    reason: status[2] ?? '',
    headers: lines.map((line) => {
      const end = line.indexOf(':')
      if (end < 1) throw protocolError('a header of its answer is malformed')
      return [line.slice(0, end), line.slice(end + 1).trim()] as const
    }),
  }
}

/** Checks a 101 and answers its sub-protocol, '' when none was agreed. Throws RELAY_PROTOCOL. */
export function agreedProtocol(
  head: ResponseHead,
  { key, protocols }: Pick<UpgradeRequest, 'key' | 'protocols'>,
): string {
  const value = (name: string) =>
    head.headers.find(([given]) => given.toLowerCase() === name)?.[1] ?? ''
  if (value('upgrade').toLowerCase() !== 'websocket') throw protocolError('it did not upgrade')
  const accept = createHash('sha1')
    .update(key + WEBSOCKET_GUID)
    .digest('base64')
  if (value('sec-websocket-accept') !== accept) {
    throw protocolError('its Sec-WebSocket-Accept is wrong')
  }
  if (value('sec-websocket-extensions') !== '') {
    throw protocolError('it agreed to an extension nobody offered')
  }
  const protocol = value('sec-websocket-protocol')
  if (protocol !== '' && !protocols.includes(protocol)) {
    throw protocolError('it agreed to a sub-protocol nobody offered')
  }
  return protocol
}

function isList(input: HeadersInput): input is HeaderList {
  return Array.isArray(input)
}

function protocolError(what: string): RelayClientError {
  return new RelayClientError('RELAY_PROTOCOL', `The relay broke the WebSocket handshake: ${what}.`)
}
