import { hash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { RelayError } from '../../protocol/errors.ts'

const WEBSOCKET_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** Checks what RFC 6455 4.2.1 asks of an opening handshake. Throws RELAY_HANDSHAKE_INVALID. */
export function checkHandshake(request: IncomingMessage): void {
  const { headers, httpVersion, method } = request
  if (httpVersion !== '1.1') throw invalid('it is not HTTP/1.1')
  if (method !== 'GET') throw invalid('the method is not GET')
  if (headers['sec-websocket-version'] !== '13') throw invalid('Sec-WebSocket-Version is not 13')
  if (!/^[A-Za-z0-9+/]{22}==$/.test(headers['sec-websocket-key'] ?? '')) {
    throw invalid('Sec-WebSocket-Key is not 16 bytes of base64')
  }
}

/** The 101 that makes a socket a WebSocket; strict clients want each header once. Source: relay-protocol 9.2. */
export function switchingProtocols(options: {
  readonly key: string
  readonly protocol: string | undefined
  readonly trackingId: string
}): string {
  const accept = hash('sha1', options.key + WEBSOCKET_GUID, 'base64')
  return (
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
    `Sec-WebSocket-Accept: ${accept}\r\n` +
    (options.protocol === undefined ? '' : `Sec-WebSocket-Protocol: ${options.protocol}\r\n`) +
    `TrackingId: ${options.trackingId}\r\n\r\n`
  )
}

/** The one sub-protocol a listener chose: the first it names. Source: relay-protocol 4.4. */
export function chosenProtocol(request: IncomingMessage): string | undefined {
  const first = (request.headers['sec-websocket-protocol'] ?? '').split(',')[0]?.trim()
  return first !== undefined && /^[!#$%&'*+.^_`|~\w-]+$/.test(first) ? first : undefined
}

function invalid(what: string): RelayError {
  return new RelayError(
    'RELAY_HANDSHAKE_INVALID',
    `BadRequest: The WebSocket handshake is malformed, ${what}.`,
  )
}
