import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { OPCODE } from '../../../../protocol/websocket/frame-header.ts'
import { readAnswer } from '../../wire/answer.ts'
import type { Peer } from '../../wire/peer.ts'
import type { RelayBench } from '../bench.ts'
import { ControlListener, type Request } from '../control-listener.ts'
import { BOTH, type RelayCase } from '../needs.ts'

const sha = (data: Buffer) => createHash('sha256').update(data).digest('hex')
const CONTROL_CHANNEL_BYTES = 65_536

type Delivered = {
  readonly request: Request
  readonly body: Buffer | undefined
  /** Where the answer must go. */
  readonly on: ControlListener
  readonly isByAddress: boolean
}

/** Takes the next request, whichever way it comes. */
async function take(bench: RelayBench, listener: ControlListener): Promise<Delivered> {
  const { value } = await listener.command('a request')
  const offered = value as Request
  if (offered.method !== undefined)
    return { ...(await listener.withBody(offered)), on: listener, isByAddress: false }
  const on = await bench.joinRequest(offered)
  return { ...(await on.nextRequest()), on, isByAddress: true }
}

/** A body of a known length arrives whole, by the given way. */
function bodyCase(
  name: string,
  level: RelayCase['level'],
  size: number,
  way: 'control channel' | 'rendezvous',
): RelayCase {
  return {
    id: `http-request.body.${name}`,
    level,
    source: '5.4',
    title: `a body of ${size} bytes arrives whole, over ${way === 'rendezvous' ? 'a' : 'the'} ${way}`,
    needs: BOTH,
    async run(bench) {
      const listener = await bench.listen()
      const body = randomBytes(size)
      const sender = await bench.request(listener, { method: 'POST', body })
      const taken = await take(bench, listener)
      assert.equal(taken.isByAddress ? 'rendezvous' : 'control channel', way, 'way')
      assert.equal(taken.request.body, true, 'body')
      assert.equal(sha(taken.body ?? Buffer.alloc(0)), sha(body), 'SHA-256')
      taken.on.respond(taken.request)
      assert.equal((await readAnswer(sender)).status, 200, 'status')
    },
  }
}

function chunk(data: Buffer | string): Buffer {
  const size = Buffer.byteLength(data).toString(16)
  return Buffer.concat([Buffer.from(`${size}\r\n`), Buffer.from(data), Buffer.from('\r\n')])
}

/** Opens a chunked request and leaves the body to the case. */
async function chunked(bench: RelayBench, listener: ControlListener): Promise<Peer> {
  const headers = { 'Transfer-Encoding': 'chunked' }
  return bench.request(listener, { method: 'POST', headers })
}

/** Bodies of requests, over a control channel and over a rendezvous. Source: relay-protocol 5.4. */
export const REQUEST_BODIES: readonly RelayCase[] = [
  bodyCase('one-byte', 'MUST', 1, 'control channel'),
  bodyCase('60-000', 'MUST', 60_000, 'control channel'),
  bodyCase('65-536', 'ASSUMED', CONTROL_CHANNEL_BYTES, 'control channel'),
  bodyCase('65-537', 'SHOULD', CONTROL_CHANNEL_BYTES + 1, 'rendezvous'),
  bodyCase('mebibyte', 'MUST', 1_048_576, 'rendezvous'),
  {
    id: 'http-request.body.empty',
    level: 'MUST',
    source: '5.4, 5.11',
    title: 'Content-Length: 0 is a request without a body, and no message follows',
    needs: BOTH,
    async run(bench) {
      const listener = await bench.listen()
      const sender = await bench.request(listener, { method: 'POST', body: '' })
      const { request } = await listener.nextRequest()
      assert.equal(request.body, false, 'body')
      await listener.settled()
      listener.respond(request)
      assert.equal((await readAnswer(sender)).status, 200, 'status')
    },
  },
  {
    id: 'http-request.body.address-only',
    level: 'MUST',
    source: '5.4',
    title: 'a request that is delivered by address has the one member address',
    needs: BOTH,
    async run(bench) {
      const listener = await bench.listen()
      await bench.request(listener, { method: 'POST', body: Buffer.alloc(100_000) })
      const { name, value } = await listener.command()
      assert.equal(name, 'request', 'command')
      assert.deepEqual(Object.keys(value as object), ['address'], 'members')
    },
  },
  {
    id: 'http-request.body.frames',
    level: 'MUST',
    source: '5.4',
    title: 'a body on a rendezvous is one binary message whose last frame has FIN',
    needs: BOTH,
    async run(bench) {
      const listener = await bench.listen()
      const body = randomBytes(300_000)
      await bench.request(listener, { method: 'POST', body })
      const { value } = await listener.command()
      const { peer } = await bench.joinRequest(value as Request)
      const command = await peer.frame('the request')
      assert.equal(command.opcode, OPCODE.text, 'opcode of the request')
      const parts: Buffer[] = []
      for (;;) {
        const frame = await peer.frame('a piece of the body')
        const wanted = parts.length === 0 ? OPCODE.binary : OPCODE.continuation
        assert.equal(frame.opcode, wanted, `opcode of frame ${parts.length}`)
        parts.push(frame.payload)
        if (frame.fin) break
      }
      assert.equal(sha(Buffer.concat(parts)), sha(body), 'SHA-256')
    },
  },
  {
    id: 'http-request.body.chunked-small',
    level: 'MUST',
    source: '5.4',
    title: 'a small body of unknown length arrives whole, whichever way it comes',
    needs: BOTH,
    async run(bench) {
      const listener = await bench.listen()
      const sender = await chunked(bench, listener)
      sender.socket.write(Buffer.concat([chunk('in two '), chunk('pieces'), chunk('')]))
      const { request, body, on } = await take(bench, listener)
      assert.equal(body?.toString(), 'in two pieces', 'body')
      on.respond(request)
      assert.equal((await readAnswer(sender)).status, 200, 'status')
    },
  },
  {
    id: 'http-request.body.chunked-way',
    level: 'ASSUMED',
    question: 23,
    source: '5.4',
    title: 'a small body of unknown length that is there at once goes over the control channel',
    needs: BOTH,
    async run(bench) {
      const listener = await bench.listen()
      const sender = await chunked(bench, listener)
      sender.socket.write(Buffer.concat([chunk('small'), chunk('')]))
      const { isByAddress } = await take(bench, listener)
      assert.equal(isByAddress, false, 'it came by address')
    },
  },
  {
    id: 'http-request.body.chunked-empty',
    level: 'MUST',
    source: '5.4',
    title: 'an empty body of unknown length is whole and empty',
    needs: BOTH,
    async run(bench) {
      const listener = await bench.listen()
      const sender = await chunked(bench, listener)
      sender.socket.write(chunk(''))
      const { request, body, on } = await take(bench, listener)
      assert.equal(body?.length ?? 0, 0, 'bytes')
      on.respond(request)
      assert.equal((await readAnswer(sender)).status, 200, 'status')
    },
  },
  {
    id: 'http-request.body.streams',
    level: 'SHOULD',
    source: '5.4',
    title: 'a body that is slow to come is passed on as it comes',
    needs: BOTH,
    async run(bench) {
      const listener = await bench.listen()
      const sender = await chunked(bench, listener)
      sender.socket.write(chunk('first'))
      const { value } = await listener.command('a request by address')
      const on = await bench.joinRequest(value as Request)
      assert.equal((await on.peer.frame('the request')).opcode, OPCODE.text, 'opcode')
      const first = await on.peer.frame('the first piece')
      assert.equal(first.payload.toString(), 'first', 'first piece')
      assert.equal(first.fin, false, 'FIN before the end')
      sender.socket.write(Buffer.concat([chunk('last'), chunk('')]))
      let rest = ''
      for (let fin = false; !fin;) {
        const frame = await on.peer.frame('the rest')
        rest += frame.payload.toString()
        fin = frame.fin
      }
      assert.equal(rest, 'last', 'rest')
    },
  },
  {
    id: 'http-request.body.trailers',
    level: 'ASSUMED',
    question: 11,
    source: '5.11',
    title: 'trailers of a chunked body are dropped',
    needs: BOTH,
    async run(bench) {
      const listener = await bench.listen()
      const sender = await chunked(bench, listener)
      sender.socket.write(Buffer.concat([chunk('x'), Buffer.from('0\r\nX-Trailer: 1\r\n\r\n')]))
      const { request, body } = await take(bench, listener)
      assert.equal(body?.toString(), 'x', 'body')
      assert.equal(request.requestHeaders['X-Trailer'], undefined, 'X-Trailer')
    },
  },
  {
    id: 'http-request.body.contiguous',
    level: 'MUST',
    source: '3.3',
    title: 'nothing comes between a request and its body, however many come at once',
    needs: BOTH,
    async run(bench) {
      const listener = await bench.listen()
      const bodies = Array.from({ length: 24 }, (_, index) => `body ${index} `.repeat(500))
      await Promise.all(
        bodies.flatMap((body) => [
          bench.request(listener, { method: 'POST', body }),
          bench.connect(listener),
        ]),
      )
      const seen: string[] = []
      while (seen.length < bodies.length) {
        const { name, value } = await listener.command()
        if (name === 'accept') continue
        assert.equal((value as Request).body, true, 'body')
        const body = await listener.peer.message('the body')
        assert.equal(body.isText, false, 'a text came in place of the body')
        seen.push(body.data.toString())
      }
      assert.deepEqual(seen.sort(), bodies.sort(), 'bodies')
    },
  },
  {
    id: 'http-request.headers.large',
    level: 'ASSUMED',
    question: 20,
    source: '5.3',
    title: 'headers of more than 32 kB come over a rendezvous',
    needs: BOTH,
    async run(bench) {
      const listener = await bench.listen()
      const value = 'x'.repeat(20_000)
      const headers = { 'X-First': value, 'X-Second': value }
      const sender = await bench.request(listener, { headers })
      const { request, on, isByAddress } = await take(bench, listener)
      assert.equal(isByAddress, true, 'it came over the control channel')
      assert.equal(request.requestHeaders['X-Second']?.length, 20_000, 'length of a header')
      on.respond(request)
      assert.equal((await readAnswer(sender)).status, 200, 'status')
    },
  },
]
