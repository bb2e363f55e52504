import { createHash } from 'node:crypto'
import type { HttpPeer } from '../peers/http-peers.ts'
import { HYBRID_CONNECTION } from '../peers/emulator.ts'
import { HttpConnection, requestHead } from './http-connection.ts'
import { patternChunks } from './pattern.ts'

/** Either side of what fits on a control channel, and a stream. */
const BODY_BYTES = [1, 1_024, 65_536, 65_537, 64 * 1_048_576]

/** Bodies of several sizes down and up through a proxy. Throws unless each comes out unchanged, by SHA-256. */
export async function checkHttpIntegrity({ port, headers }: HttpPeer): Promise<void> {
  const connection = await HttpConnection.open(port)
  try {
    for (const bytes of BODY_BYTES) {
      const expected = digestOf(bytes)
      const down = createHash('sha256')
      await connection.ask({
        head: requestHead('GET', `/${HYBRID_CONNECTION}/bytes/${bytes}`, headers),
        onBody: (piece) => down.update(piece),
      })
      if (down.digest('hex') !== expected) throw new Error(`${bytes} B came down changed`)
      let up = ''
      await connection.ask({
        head: requestHead('PUT', `/${HYBRID_CONNECTION}/digest`, [
          ...headers,
          `Content-Length: ${bytes}`,
        ]),
        body: patternChunks(bytes),
        onBody: (piece) => (up += piece.toString('latin1')),
      })
      if (up !== expected) throw new Error(`${bytes} B went up changed`)
    }
  } finally {
    await connection.close()
  }
}

function digestOf(bytes: number): string {
  const hash = createHash('sha256')
  for (const chunk of patternChunks(bytes)) hash.update(chunk)
  return hash.digest('hex')
}
