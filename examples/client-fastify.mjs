// The same with fastify.
import { fastify } from 'fastify'
import { createServer } from 'relay-emulator/client'

const connectionString = process.argv[2] ?? process.env.RELAY_LISTEN_CONNECTION_STRING_DEMO
const app = fastify({
  serverFactory: (handler) => createServer({ connectionString }, handler),
})
app.get('/demo/hello', async (request) => ({ hello: request.query.name }))

// Any host but localhost, which fastify would bind once for each of its addresses.
await app.listen({ host: 'relay' })
console.log('online')
process.once('SIGTERM', () => app.close())
