// A web application as the official samples serve one: an unmodified express app behind unmodified hyco-https.
// argv: listen URI, rule name, key. Prints one line of JSON per event; ends when its standard input does.
import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const https = require('hyco-https')
const [uri, keyName, key] = process.argv.slice(2)
const say = (event) => process.stdout.write(`${JSON.stringify(event)}\n`)

const server = https.createRelayedServer(
  { server: uri, token: () => https.createRelayToken(uri, keyName, key) },
  (request, response) => {
    const url = new URL(request.url, 'http://listener')
    const route = url.pathname.replace(/^\/[^/]+/, '')
    if (route === '/size') {
      response.setHeader('Content-Type', 'application/octet-stream')
      const bytes = Number(url.searchParams.get('bytes'))
      // hyco-https never sends a response that is ended with an empty buffer.
      if (bytes === 0) response.end()
      else response.end(Buffer.alloc(bytes, 'relay'))
    } else if (route === '/drip') {
      const count = Number(url.searchParams.get('count'))
      for (let i = 0; i < count; i++) response.write('x')
      response.end()
    } else if (route === '/status') {
      response.statusCode = Number(url.searchParams.get('code'))
      response.end()
    } else {
      const hash = createHash('sha256')
      let size = 0
      request.on('data', (chunk) => {
        hash.update(chunk)
        size += chunk.length
      })
      request.on('end', () => {
        response.setHeader('Content-Type', 'application/json')
        response.setHeader('X-Answer', 'Yes')
        response.end(
          JSON.stringify({
            method: request.method,
            url: request.url,
            headers: request.headers,
            size,
            sha: hash.digest('hex'),
          }),
        )
      })
    }
  },
)
server.on('listening', () => say({ event: 'listening' }))
server.on('error', (error) => say({ event: 'error', message: String(error?.message ?? error) }))
server.listen((error) => error && say({ event: 'error', message: String(error) }))
process.stdin.resume().on('end', () => process.exit(0))
