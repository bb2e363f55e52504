// The listener that `relay-emulator conformance --role listener` asks for, HTTP only: unmodified hyco-https.
import { createRequire } from 'node:module'

const https = createRequire(import.meta.url)('hyco-https')
const { RELAY_WEBSOCKET_URL, RELAY_KEY_NAME, RELAY_KEY } = process.env
const uri = `${RELAY_WEBSOCKET_URL}?sb-hc-action=listen`

const server = https.createRelayedServer(
  { server: uri, token: () => https.createRelayToken(uri, RELAY_KEY_NAME, RELAY_KEY) },
  (request, response) => {
    const { searchParams } = new URL(request.url, 'http://listener')
    response.setHeader('X-Method', request.method)
    response.statusCode = Number(searchParams.get('status') ?? 200)
    const parts = []
    request.on('data', (part) => parts.push(part))
    request.on('end', () => {
      const body = searchParams.has('bytes')
        ? Buffer.alloc(Number(searchParams.get('bytes')), 'x')
        : Buffer.concat(parts)
      // hyco-https never sends a response that is ended with an empty buffer.
      if (body.length === 0) response.end()
      else response.end(body)
    })
  },
)
server.on('error', (error) => console.error(String(error?.message ?? error)))
server.listen((error) => error && console.error(String(error)))
process.stdin.resume().on('end', () => server.close(() => process.exit(0)))
