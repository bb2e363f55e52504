import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net'
import { ENDPOINTS, type StoryEndpoint } from './story.ts'

/** What the web page says. */
const PAGE = `<!doctype html>
<title>Intranet</title>
<h1>Hello from the on-premises web page</h1>
<p>Nothing but the agents onprem-1 and onprem-2 reaches it: whoever reads this came through the relay.</p>
`

/** An endpoint of the story, served at a loopback address that only the agents are told. */
export type OnPremEndpoint = StoryEndpoint & {
  readonly address: { readonly host: string; readonly port: number }
}

export type OnPrem = {
  readonly endpoints: readonly OnPremEndpoint[]
  close(): Promise<void>
}

/** Opens the on-premises web page and the TCP echo on free ports of loopback. Rejects with the error of listening. */
export async function openOnPrem(): Promise<OnPrem> {
  const servers = { page: pageServer(), echo: echoServer() }
  const all = Object.values(servers)
  const sockets = new Set<Socket>()
  for (const server of all) {
    server.on('connection', (socket) => {
      sockets.add(socket)
      socket.on('error', () => undefined).once('close', () => sockets.delete(socket))
    })
  }
  const close = async () => {
    const closed = all
      .filter((server) => server.listening)
      .map((server) => new Promise((resolve) => server.close(resolve)))
    for (const socket of sockets) socket.destroy()
    await Promise.all(closed)
  }
  try {
    await Promise.all(all.map((server) => once(server.listen(0, '127.0.0.1'), 'listening')))
  } catch (error) {
    await close()
    throw error
  }
  return {
    endpoints: ENDPOINTS.map((endpoint) => {
      const { address: host, port } = servers[endpoint.kind].address() as AddressInfo
      return { ...endpoint, address: { host, port } }
    }),
    close,
  }
}

function pageServer(): Server {
  return createHttpServer((request, response) => {
    request.resume()
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(PAGE)
  })
}

/** Every byte comes back, and the end of them too. */
function echoServer(): Server {
  return createServer({ allowHalfOpen: true }, (socket) => {
    socket.pipe(socket)
  })
}
