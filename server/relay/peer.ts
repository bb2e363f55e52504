import type { IncomingMessage } from 'node:http'
import type { RemoteEndpoint } from '../../protocol/control-message.ts'
import { MAX_JETTY_FRAME_BYTES } from '../../protocol/limits.ts'

/** Where a call came from; IPv4 addresses in their plain form. */
export function remoteEndpoint(request: IncomingMessage): RemoteEndpoint {
  const { remoteAddress = '', remotePort = 0 } = request.socket
  return { address: remoteAddress.replace(/^::ffff:(?=\d+\.)/, ''), port: remotePort }
}

/** `address:port`, with brackets around IPv6. */
export function remoteText({ address, port }: RemoteEndpoint): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`
}

/**
 * What the caller takes in one frame, bytes. Jetty refuses long frames, so what Azure sends to the Java client cannot be
 * one; how long its frames are for anybody else is unknown, and they pass as they are (relay-protocol 4.7).
 */
export function longestFrame({ headers }: IncomingMessage): number {
  return headers['user-agent']?.startsWith('Jetty/') ? MAX_JETTY_FRAME_BYTES : Infinity
}

/**
 * A short name for people: what our own tools call themselves in `Relay-User-Agent: relay-emulator-hcm/1.0 (NAME)`,
 * else the first product of `Relay-User-Agent` or `User-Agent`, else the address. Source: dashboard 2.1.
 */
export function peerLabel(request: IncomingMessage): string {
  const { headers } = request
  const relayAgent = String(headers['relay-user-agent'] ?? '')
  const own = /^relay-emulator-(?:app|hcm)\/\S+ \(([^)]{1,100})\)/.exec(relayAgent)?.[1]
  const product = (text: string) => text.trim().split(/[\s(]/)[0]?.slice(0, 100)
  return (
    own ||
    product(relayAgent) ||
    product(headers['user-agent'] ?? '') ||
    remoteEndpoint(request).address
  )
}
