import type { Server } from 'node:net'
import type { Certificate } from '../lib/certificate.ts'
import type { Transport } from './peer.ts'

/** What the benchmark tells a relay that is a module of its own. */
export type RelayOrder = { readonly transport: Transport; readonly certificate: Certificate }
/** What it tells a naive relay that checks tokens; the two hold the signing key in common. */
export type GuardedRelayOrder = RelayOrder & { readonly key: string }
/** What it tells a program that forwards HTTP requests to a backend on loopback. */
export type ForwarderOrder = { readonly backendPort: number }
/** What that peer answers once it listens. */
export type ChildAnswer = { readonly port: number }

/** The life of such a program: order in, server up, port out; it ends with its parent. */
export function serveAsChild<Order>(makeServer: (order: Order) => Server | Promise<Server>): void {
  process.once('disconnect', () => process.exit())
  process.once('SIGTERM', () => process.exit())
  process.once('message', async (order: Order) => {
    const server = await makeServer(order)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      if (address !== null && typeof address === 'object') {
        process.send?.({ port: address.port } satisfies ChildAnswer)
      }
    })
  })
}
