import { acceptFor } from '../wire/head.ts'

export type HeadersInput = Readonly<Record<string, string>> | readonly (readonly [string, string])[]

export type UpgradeInput = {
  readonly host: string
  readonly target: string
  /** Added, or in place of the handshake's own; an empty value leaves a header out. */
  readonly headers?: HeadersInput
  readonly method?: string
}

export const WEBSOCKET_KEY = 'dGhlIHNhbXBsZSBub25jZQ=='
export const WEBSOCKET_ACCEPT = acceptFor(WEBSOCKET_KEY)

/** The bytes of a WebSocket handshake. */
export function upgradeBytes({ host, target, headers = [], method = 'GET' }: UpgradeInput): Buffer {
  const given = pairs(headers)
  const own = [
    ['Host', host],
    ['Connection', 'Upgrade'],
    ['Upgrade', 'websocket'],
    ['Sec-WebSocket-Key', WEBSOCKET_KEY],
    ['Sec-WebSocket-Version', '13'],
  ] as const
  const isGiven = (name: string) => given.some(([key]) => key.toLowerCase() === name.toLowerCase())
  return headBytes(`${method} ${target} HTTP/1.1`, [
    ...own.filter(([name]) => !isGiven(name)),
    ...given.filter(([, value]) => value !== ''),
  ])
}

/** The bytes of a head, UTF-8 where a value is not ASCII. */
export function headBytes(first: string, headers: readonly (readonly [string, string])[]): Buffer {
  const lines = headers.map(([name, value]) => `${name}: ${value}`)
  return Buffer.from(`${[first, ...lines].join('\r\n')}\r\n\r\n`)
}

export function pairs(headers: HeadersInput): readonly (readonly [string, string])[] {
  return Array.isArray(headers)
    ? (headers as readonly (readonly [string, string])[])
    : Object.entries(headers as Readonly<Record<string, string>>)
}
