import { connect as connectPlain, isIP } from 'node:net'
import { type SecureContext, connect as connectTls } from 'node:tls'
import { Unmet } from '../case.ts'
import type { Scope } from '../scope.ts'
import { Peer } from './peer.ts'

/** Where a connection goes. */
export type Place = {
  readonly isTls: boolean
  readonly hostname: string
  readonly port: number
}

/** Opens a TCP or TLS connection that ends with the case. Rejects with the socket's error. */
export function dial(scope: Scope, place: Place, trust: () => SecureContext): Promise<Peer> {
  const { isTls, hostname, port } = place
  const host = /\.localhost$/i.test(hostname) ? 'localhost' : hostname
  const tcp = connectPlain({ host, port, noDelay: true, allowHalfOpen: true })
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      tcp.destroy()
      scope.signal.removeEventListener('abort', onAbort)
      reject(error)
    }
    const onAbort = () => fail(scope.signal.reason as Error)
    const done = (peer: Peer) => {
      scope.signal.removeEventListener('abort', onAbort)
      tcp.off('error', fail)
      resolve(peer)
    }
    if (scope.signal.aborted) return onAbort()
    scope.signal.addEventListener('abort', onAbort, { once: true })
    tcp.once('error', fail)
    tcp.once('connect', () => {
      if (!isTls) return done(new Peer(scope, tcp))
      const socket = connectTls({
        socket: tcp,
        secureContext: trust(),
        ALPNProtocols: ['http/1.1'],
        ...(isIP(hostname) === 0 && { servername: hostname }),
      })
      socket.allowHalfOpen = true
      socket.once('error', fail)
      socket.once('secureConnect', () => {
        socket.off('error', fail)
        done(new Peer(scope, socket, { tcp }))
      })
      return undefined
    })
    return undefined
  })
}

/** Takes the address of a message apart without changing a byte. Throws an Unmet for what is no `ws:` address. */
export function readAddress(
  address: string,
): Place & { readonly host: string; readonly target: string } {
  const [, scheme = '', host = '', target = ''] =
    /^(wss?):\/\/([^/?#]+)(\/.*)$/i.exec(address) ?? []
  if (scheme === '' || !URL.canParse(address)) throw new Unmet('the address is no ws: or wss: URL')
  const url = new URL(address)
  const isTls = url.protocol === 'wss:'
  return {
    isTls,
    hostname: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(url.port || (isTls ? 443 : 80)),
    host,
    target,
  }
}
