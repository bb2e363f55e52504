import { createHash } from 'node:crypto'
import type { RequestListener } from 'node:http'
import { Readable } from 'node:stream'
import { pattern, patternChunks } from '../lib/pattern.ts'

const SMALL_BYTES = 1_024

/**
 * Answers `GET .../small` with 1 KiB, `GET .../bytes/N` with N bytes of the {@link pattern}, `PUT .../sink` with the
 * number of bytes that came and `PUT .../digest` with their SHA-256 in hexadecimal.
 */
export function answerBackend(): RequestListener {
  const small = pattern(SMALL_BYTES)
  return (request, response) => {
    const [, kind = '', size = ''] =
      /\/(small|bytes|sink|digest)(?:\/(\d+))?$/.exec(request.url ?? '') ?? []
    response.setHeader('Content-Type', 'application/octet-stream')
    if (kind === 'small') {
      response.setHeader('Content-Length', small.length)
      response.end(small)
    } else if (kind === 'bytes') {
      response.setHeader('Content-Length', size)
      Readable.from(patternChunks(Number(size))).pipe(response)
    } else if (kind === 'sink') {
      let bytes = 0
      request.on('data', (chunk: Buffer) => (bytes += chunk.length))
      request.on('end', () => response.end(String(bytes)))
    } else if (kind === 'digest') {
      const hash = createHash('sha256')
      request.on('data', (chunk: Buffer) => hash.update(chunk))
      request.on('end', () => response.end(hash.digest('hex')))
    } else {
      response.writeHead(404).end()
    }
  }
}
