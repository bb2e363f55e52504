import { Agent, request, type RequestListener } from 'node:http'

/**
 * A handler that asks the server at `port` on loopback the same and passes its answer on, bodies as they come. The
 * node:http proxy and the product's listener run this very handler.
 */
export function forwardTo(port: number): RequestListener {
  const agent = new Agent({ keepAlive: true, noDelay: true })
  return (asked, answer) => {
    const { method, url: path, rawHeaders: headers } = asked
    const inner = request({ agent, host: '127.0.0.1', port, method, path, headers })
    inner.on('response', (got) => {
      answer.writeHead(got.statusCode ?? 502, got.statusMessage, got.rawHeaders)
      got.pipe(answer)
    })
    inner.on('error', () => answer.destroy())
    answer.on('close', () => {
      if (!answer.writableFinished) inner.destroy()
    })
    asked.pipe(inner)
  }
}
