import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { Unmet } from '../../case.ts'
import type { Arrival } from '../arrival.ts'
import type { SenderCase, SenderSuite } from '../needs.ts'
import { checkPlace, checkToken } from '../token-check.ts'

/** Reads the body of a request, however its end is told. */
async function readBody({ head, peer }: Arrival): Promise<Buffer> {
  const length = head.headers.get('Content-Length')
  if (length !== undefined) return peer.bytes(Number(length))
  if (!/chunked/i.test(head.headers.get('Transfer-Encoding') ?? '')) return Buffer.alloc(0)
  const parts: Buffer[] = []
  for (;;) {
    const size = Number.parseInt(await peer.line('a chunk'), 16)
    if (!Number.isInteger(size)) throw new Unmet('a chunk has no size')
    if (size > 0) parts.push(await peer.bytes(size))
    await peer.line('the end of a chunk')
    if (size === 0) return Buffer.concat(parts)
  }
}

const SIZES = [1, 65_536, 1_048_576]

/** What a sender does over HTTP. */
export const REQUESTING: SenderSuite = {
  name: 'requesting',
  about: 'HTTP requests of the sender',
  cases: [
    {
      id: 'requesting.place',
      level: 'MUST',
      source: '1.1, 5.1',
      title: 'it goes over TLS to /ENTITY, without $hc',
      needs: ['http'],
      async run(bench) {
        const { arrival } = await bench.start({ send: 'http' })
        arrival.answer(404, 'Not Found', [], '')
        checkPlace(bench.relay, arrival, '/')
        assert.equal(arrival.isTls, true, 'it came in clear text')
      },
    },
    {
      id: 'requesting.token',
      level: 'MUST',
      source: '2.1, 2.4',
      title: 'its token is good, and stands where the relay looks for it',
      needs: ['http'],
      async run(bench) {
        const { arrival } = await bench.start({ send: 'http' })
        arrival.answer(404, 'Not Found', [], '')
        checkToken(bench.relay, arrival.token)
      },
    },
    ...SIZES.map((size): SenderCase => ({
      id: `requesting.size.${size}`,
      level: 'MUST',
      source: '5.4',
      title: `a body of ${size} bytes is sent as it is, and the answer is printed as it is`,
      needs: ['http'],
      async run(bench) {
        const input = randomBytes(size)
        const { arrival, program } = await bench.start({ send: 'http', input })
        assert.equal(arrival.head.method, 'POST', 'method')
        const sent = await readBody(arrival)
        assert.ok(sent.equals(input), 'the body differs')
        arrival.answer(200, 'OK', ['Via: 1.1 localhost', 'Connection: close'], sent)
        await bench.checkPrinted(program, input)
      },
    })),
    {
      id: 'requesting.chunked-answer',
      level: 'MUST',
      source: '5.5',
      title: 'an answer in chunks is read whole',
      needs: ['http'],
      async run(bench) {
        const { arrival, program } = await bench.start({ send: 'http' })
        await readBody(arrival)
        arrival.isAnswered = true
        const head = 'HTTP/1.1 200 TestStatusDescription\r\nTransfer-Encoding: chunked\r\n'
        const chunks = '2\r\npo\r\n2\r\nng\r\n0\r\n\r\n'
        arrival.peer.socket.end(`${head}Connection: close\r\n\r\n${chunks}`)
        await bench.checkPrinted(program, 'pong')
      },
    },
    ...[401, 404, 504].map((status): SenderCase => ({
      id: `requesting.refused-${status}`,
      level: 'MUST',
      source: '5.10',
      title: `an error ${status} of the relay is a failure, and its status is told`,
      needs: ['http'],
      async run(bench) {
        const { arrival, program } = await bench.start({ send: 'http' })
        const body = '{"error":{"code":"EndpointNotFound","message":"none."}}'
        arrival.answer(
          status,
          'none.',
          ['Content-Type: application/json', 'Connection: close'],
          body,
        )
        const { stderr } = await bench.checkFailed(program)
        assert.match(stderr, new RegExp(`\\b${status}\\b`), 'what it wrote to standard error')
      },
    })),
  ],
}
