// An express app behind a hybrid connection: no port is opened.
import express from 'express'
import { createServer } from 'relay-emulator/client'

const connectionString = process.argv[2] ?? process.env.RELAY_LISTEN_CONNECTION_STRING_DEMO
const app = express()
app.get('/demo/hello', (request, response) => {
  response.json({ hello: request.query.name })
})

const server = createServer({ connectionString }, app)
server.listen(() => console.log(`online ${server.address()}`))
process.once('SIGTERM', () => server.close())
