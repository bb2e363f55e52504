import { once } from 'node:events'
import net, { type AddressInfo, type Socket } from 'node:net'
import { type Duplex, duplexPair } from 'node:stream'
import tls from 'node:tls'
import { openAuthority } from '../../tls/authority.ts'

/** A connection: the peer's end, and the relay's. */
export type Link<Stream extends Duplex = Duplex> = {
  readonly peer: Stream
  readonly relay: Stream
}

/** Makes connections, one at a time, until it is closed. */
export type Linker = {
  link(): Promise<Link<Socket>>
  close(): void
}

/** In memory, with buffers of `highWaterMark` bytes. */
export function memoryLink(highWaterMark: number): Link {
  const [peer, relay] = duplexPair({ highWaterMark })
  return { peer, relay }
}

/** Over TCP on loopback, as sockets are accepted by a server. */
export async function tcpLinker(): Promise<Linker> {
  const server = net.createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true })
  return linker(server, 'connection', (port) => net.connect({ port, host: '127.0.0.1' }))
}

/** Over TLS. */
export async function tlsLinker(): Promise<Linker> {
  const authority = await openAuthority({ dataDir: null, hosts: [], now: Date.now })
  const { cert, key } = await authority.issue([])
  const server = tls.createServer({ cert, key, allowHalfOpen: true, noDelay: true })
  const ca = authority.caPem
  return linker(server, 'secureConnection', (port) =>
    tls.connect({ port, host: '127.0.0.1', ca, servername: 'localhost' }),
  )
}

async function linker(
  server: net.Server,
  event: 'connection' | 'secureConnection',
  connect: (port: number) => Socket,
): Promise<Linker> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    async link() {
      const accepted = once(server, event) as Promise<[Socket]>
      const peer = connect(port).setNoDelay(true)
      const [relay] = await accepted
      return { peer, relay }
    },
    close: () => void server.close(),
  }
}
