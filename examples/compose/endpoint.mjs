// Services on-premises. `endpoint.mjs page PORT NAME` is a web page, `endpoint.mjs echo PORT` sends every byte back.
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'node:net'
import { hostname } from 'node:os'
import process from 'node:process'

const [kind, port, name = hostname()] = process.argv.slice(2)

const PAGE = `<!doctype html>
<title>${name}</title>
<h1>Hello from ${name}</h1>
<p>Only the agents of its own network reach this page: whoever reads it elsewhere came through the relay.</p>
`

const server =
  kind === 'page'
    ? createHttpServer((request, response) => {
        request.resume()
        response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(PAGE)
      })
    : createServer({ allowHalfOpen: true }, (socket) => {
        socket.on('error', () => {}).pipe(socket)
      })
await once(server.listen(Number(port)), 'listening')
console.log(`${kind} on port ${port}`)
// What the health check looks for.
await writeFile('/tmp/healthy', '')
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(0))
