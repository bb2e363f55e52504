import { once } from 'node:events'
import { createServer as createRelayServer } from '../../client/index.ts'
import { answerBackend } from './backend.ts'
import { forwardTo } from './forward.ts'

/** What the benchmark tells the listener. Without `backendPort` it answers requests itself. */
export type ListenerOrder = { readonly connectionString: string; readonly backendPort?: number }

process.once('disconnect', () => process.exit())
process.once('SIGTERM', () => process.exit())
/** A listener made with the product's client library, as its users make one. It opens no port. */
process.once('message', async ({ connectionString, backendPort }: ListenerOrder) => {
  const handler = backendPort === undefined ? answerBackend() : forwardTo(backendPort)
  const server = createRelayServer({ connectionString }, handler)
  server.listen()
  await once(server, 'listening')
  process.send?.({ port: 0 })
})
