import type { Server } from 'node:net'
import type { Certificate } from '../lib/certificate.ts'
import type { Transport } from './peer.ts'

/** What the benchmark tells a peer that is a module of its own. */
export type ChildOrder = { readonly transport: Transport; readonly certificate: Certificate }
/** What that peer answers once it listens. */
export type ChildAnswer = { readonly port: number }

/** The life of such a peer: order in, server up, port out; it ends with its parent. */
export function serveAsChild(makeServer: (order: ChildOrder) => Server): void {
  process.once('disconnect', () => process.exit())
  process.once('SIGTERM', () => process.exit())
  process.once('message', (order: ChildOrder) => {
    const server = makeServer(order)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      if (address !== null && typeof address === 'object') {
        process.send?.({ port: address.port } satisfies ChildAnswer)
      }
    })
  })
}
