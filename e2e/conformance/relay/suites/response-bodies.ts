import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { OPCODE } from '../../../../protocol/websocket/frame-header.ts'
import { type Answer, readAnswer, readChunk } from '../../wire/answer.ts'
import { frameBytes, readClose } from '../../wire/frames.ts'
import type { Peer } from '../../wire/peer.ts'
import type { RelayBench } from '../bench.ts'
import { type ControlListener, type Request, responseText } from '../control-listener.ts'
import { BOTH, type RelayCase } from '../needs.ts'

const sha = (data: Buffer) => createHash('sha256').update(data).digest('hex')

/** A binary message cut into frames as a listener cuts it. */
function sendFragments(peer: Peer, parts: readonly (string | Buffer)[], end: 'fin' | 'open'): void {
  for (const [index, payload] of parts.entries())
    peer.send({ opcode: index === 0 ? OPCODE.binary : OPCODE.continuation, payload, fin: false })
  if (end === 'fin') peer.send({ opcode: OPCODE.continuation, payload: '', fin: true })
}

/** How a listener writes a response on its control channel, and the body that comes of it. */
const ON_CHANNEL: readonly [
  name: string,
  title: string,
  write: (listener: ControlListener, request: Request) => void,
  body: string,
][] = [
  [
    'whole',
    'one binary message',
    (listener, request) => listener.respond(request, {}, 'whole'),
    'whole',
  ],
  [
    'fragments',
    'fragments and an empty last one, as hyco-https writes them',
    (listener, request) => {
      listener.peer.sendText(responseText(request, {}, true))
      sendFragments(listener.peer, ['in ', 'pieces'], 'fin')
    },
    'in pieces',
  ],
  [
    'empty',
    'an announced body that is empty',
    (listener, request) => listener.respond(request, {}, ''),
    '',
  ],
]

const channelCases = ON_CHANNEL.map(([name, title, write, body]): RelayCase => ({
  id: `http-response.body.${name}`,
  level: 'MUST',
  source: '5.6',
  title: `a response on the control channel with ${title}`,
  needs: BOTH,
  async run(bench) {
    const listener = await bench.listen()
    const sender = await bench.request(listener)
    const { request } = await listener.nextRequest()
    write(listener, request)
    assert.equal((await readAnswer(sender)).body.toString(), body, 'body')
  },
}))

/** How a listener writes a large response on a rendezvous of its own. */
const ON_RENDEZVOUS: readonly [
  name: string,
  title: string,
  write: (peer: Peer, parts: readonly Buffer[]) => void,
][] = [
  [
    'dotnet',
    'fragments, an empty last one and Close 1000, as .NET does',
    (peer, parts) => {
      sendFragments(peer, parts, 'fin')
      peer.sendClose(1000, 'NormalClosure')
    },
  ],
  [
    'java',
    'fragments without an end and Close 1000, as Java does',
    (peer, parts) => {
      sendFragments(peer, parts, 'open')
      peer.sendClose(1000, 'NormalClosure')
    },
  ],
  [
    'hyco',
    'fragments with an end and no Close, as hyco-https does',
    (peer, parts) => sendFragments(peer, parts, 'fin'),
  ],
  ['one-frame', 'one frame', (peer, parts) => peer.sendBinary(Buffer.concat(parts))],
]

const rendezvousCases = ON_RENDEZVOUS.map(([name, title, write]): RelayCase => ({
  id: `http-response.rendezvous.${name}`,
  level: 'MUST',
  source: '5.6',
  title: `a large response over a rendezvous in ${title}`,
  needs: BOTH,
  async run(bench) {
    const parts = Array.from({ length: 8 }, () => randomBytes(40_000))
    const { answer } = await viaRendezvous(bench, (peer) => write(peer, parts))
    assert.equal(sha(answer.body), sha(Buffer.concat(parts)), 'SHA-256')
  },
}))

/** Answers a request over a rendezvous that the listener opens for it. */
async function viaRendezvous(
  bench: RelayBench,
  write: (peer: Peer) => void,
): Promise<{ readonly answer: Answer; readonly rendezvous: Peer; readonly sender: Peer }> {
  const listener = await bench.listen()
  const sender = await bench.request(listener)
  const { request } = await listener.nextRequest()
  const rendezvous = await bench.join(request)
  rendezvous.sendText(responseText(request, {}, true))
  write(rendezvous)
  return { answer: await readAnswer(sender), rendezvous, sender }
}

/** First messages on a rendezvous that are no response. */
const WRONG_STARTS: readonly [name: string, title: string, write: (peer: Peer) => void][] = [
  ['binary', 'a binary message', (peer) => peer.sendBinary('body')],
  ['other-command', 'another command', (peer) => peer.sendText('{"renewToken":{"token":"x"}}')],
  [
    'no-request-id',
    'a response without requestId',
    (peer) => peer.sendText('{"response":{"statusCode":200,"body":false}}'),
  ],
]

const wrongStartCases = WRONG_STARTS.map(([name, title, write]): RelayCase => ({
  id: `http-response.rendezvous.starts-with-${name}`,
  level: 'SHOULD',
  source: '5.7',
  title: `a rendezvous on which ${title} comes first is closed with 1002`,
  needs: BOTH,
  async run(bench) {
    const listener = await bench.listen()
    await bench.request(listener)
    const { request } = await listener.nextRequest()
    const rendezvous = await bench.join(request)
    write(rendezvous)
    assert.equal(readClose(await rendezvous.closeFrame()).code, 1002, 'code of the Close')
  },
}))

/** Statuses and methods whose answer has no body, whatever the listener sends. */
const BODILESS: readonly [name: string, method: string, statusCode: number][] = [
  ['head', 'HEAD', 200],
  ['204', 'GET', 204],
  ['304', 'GET', 304],
]

const bodilessCases = BODILESS.map(([name, method, statusCode]): RelayCase => ({
  id: `http-response.bodiless.${name}`,
  level: 'MUST',
  source: '5.5',
  title: `the answer to ${method} with ${statusCode} has no body, and the connection goes on`,
  needs: BOTH,
  async run(bench) {
    const first = { method, response: { statusCode }, responseBody: 'not to be seen' }
    const { listener, sender } = await bench.exchange(first)
    const { answer } = await bench.exchange({ listener, on: sender, responseBody: 'seen' })
    assert.equal(answer.body.toString(), 'seen', 'body of the next answer')
  },
}))

/** Bodies of responses. Source: relay-protocol 5.6. */
export const RESPONSE_BODIES: readonly RelayCase[] = [
  ...channelCases,
  ...rendezvousCases,
  ...wrongStartCases,
  ...bodilessCases,
  {
    id: 'http-response.body.65-536',
    level: 'MUST',
    source: '5.6',
    title: 'a response body of 65,536 bytes may come over the control channel',
    needs: BOTH,
    async run(bench) {
      const body = randomBytes(65_536)
      const { answer } = await bench.exchange({ responseBody: body })
      assert.equal(sha(answer.body), sha(body), 'SHA-256')
    },
  },
  {
    id: 'http-response.body.stray',
    level: 'MUST',
    source: '5.6',
    title: 'an empty binary message behind body:false, as hyco-https sends for 204, does no harm',
    needs: BOTH,
    async run(bench) {
      const listener = await bench.listen()
      const sender = await bench.request(listener)
      const { request } = await listener.nextRequest()
      listener.respond(request, { statusCode: 204 })
      listener.peer.sendBinary('')
      assert.equal((await readAnswer(sender)).status, 204, 'status')
      const { answer } = await bench.exchange({ listener, on: sender, responseBody: 'next' })
      assert.equal(answer.body.toString(), 'next', 'body of the next answer')
    },
  },
  {
    id: 'http-response.rendezvous.streams',
    level: 'MUST',
    source: '5.6',
    title: 'pieces of a response reach the sender before it has ended',
    needs: BOTH,
    async run(bench) {
      const listener = await bench.listen()
      const sender = await bench.request(listener)
      const { request } = await listener.nextRequest()
      const rendezvous = await bench.join(request)
      const responseHeaders = { 'Content-Type': 'text/event-stream' }
      rendezvous.sendText(responseText(request, { responseHeaders }, true))
      rendezvous.send({ opcode: OPCODE.binary, payload: 'data: 1\n\n', fin: false })
      assert.equal((await sender.head()).status, 200, 'status')
      assert.equal((await readChunk(sender)).toString(), 'data: 1\n\n', 'first piece')
      rendezvous.send({ opcode: OPCODE.continuation, payload: 'data: 2\n\n', fin: false })
      assert.equal((await readChunk(sender)).toString(), 'data: 2\n\n', 'second piece')
      rendezvous.send({ opcode: OPCODE.continuation, payload: '', fin: true })
      assert.equal((await readChunk(sender)).length, 0, 'end')
    },
  },
  {
    id: 'http-response.rendezvous.many-fragments',
    level: 'MUST',
    source: '5.6, 12.11',
    title: 'a response of 66,000 fragments of one byte arrives whole',
    needs: BOTH,
    async run(bench) {
      const count = 66_000
      const { answer } = await viaRendezvous(bench, (peer) => {
        const first = frameBytes({ opcode: OPCODE.binary, payload: 'x', fin: false }, true)
        const next = frameBytes({ opcode: OPCODE.continuation, payload: 'x', fin: false }, true)
        const frames = [first, ...Array.from({ length: count - 1 }, () => next)]
        peer.socket.write(Buffer.concat(frames))
        peer.send({ opcode: OPCODE.continuation, payload: '', fin: true })
      })
      assert.equal(answer.body.length, count, 'bytes')
    },
  },
]
