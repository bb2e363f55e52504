// The listener that `relay-emulator conformance --role listener` asks for, made with relay-emulator/client.
import http from 'node:http'
import { readFileSync } from 'node:fs'
import { createWebSocketListener, sasTokenProvider } from 'relay-emulator/client'

const { RELAY_CONNECTION_STRING, RELAY_CA_FILE, RELAY_KEY_NAME, RELAY_KEY } = process.env
const lifetimeSeconds = Number(process.env.RELAY_TOKEN_SECONDS ?? 3600)

const requestServer = http.createServer((request, response) => {
  const { searchParams } = new URL(request.url, 'http://listener')
  response.setHeader('X-Method', request.method)
  response.statusCode = Number(searchParams.get('status') ?? 200)
  if (searchParams.has('bytes')) response.end('x'.repeat(Number(searchParams.get('bytes'))))
  else if (searchParams.has('status')) response.end()
  else request.pipe(response)
})
const listener = createWebSocketListener({
  connectionString: RELAY_CONNECTION_STRING,
  ca: readFileSync(RELAY_CA_FILE),
  tokenProvider: sasTokenProvider({ keyName: RELAY_KEY_NAME, key: RELAY_KEY, lifetimeSeconds }),
  requestServer,
  acceptHandler: ({ url, protocols }) =>
    url.includes('reject=1')
      ? { accept: false, status: 403, reason: 'Not today' }
      : { accept: true, protocol: protocols[0] },
})
listener.on('connection', (socket) => {
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
})
listener.on('fault', (error) => console.error(error.message))
process.stdin.resume().on('end', () => listener.close())
