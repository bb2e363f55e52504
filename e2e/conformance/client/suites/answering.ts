import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { OPCODE } from '../../../../protocol/websocket/frame-header.ts'
import { sendBody } from '../listener-bench.ts'
import type { AskInput } from '../listener-bench.ts'
import type { ListenerCase, ListenerSuite } from '../needs.ts'
import type { SeenResponse } from '../control-side.ts'

function headerOf({ responseHeaders }: SeenResponse, name: string): string | undefined {
  const found = Object.entries(responseHeaders).find(([key]) => key.toLowerCase() === name)
  return found && String(found[1])
}

function checkBody(response: SeenResponse, expected: Buffer): void {
  const data = response.data ?? Buffer.alloc(0)
  assert.equal(data.length, expected.length, 'bytes of the body')
  assert.ok(data.equals(expected), 'the body differs')
}

/** Requests whose body comes back, by the way that the relay brings them. */
const BODIES: readonly [name: string, title: string, size: number, frames: number][] = [
  ['one-byte', 'one byte', 1, 1],
  ['60-000', '60,000 bytes', 60_000, 1],
  ['65-536', '65,536 bytes', 65_536, 1],
  ['fragments', '10,000 bytes in fragments and an empty last one', 10_000, 7],
]

const bodyCases = BODIES.map(([name, title, size, frames]): ListenerCase => ({
  id: `answering.body.${name}`,
  level: 'MUST',
  source: '5.4',
  title: `a request on the control channel with ${title} is read whole and its echo comes back`,
  needs: ['http'],
  async run(bench) {
    const body = randomBytes(size)
    const { response } = await bench.exchange({ method: 'POST', body, frames })
    checkBody(response, body)
  },
}))

/** Requests by address: how the relay writes them on the listener's connection. */
const BY_ADDRESS: readonly [name: string, title: string, size: number, frames: number][] = [
  ['small', 'a small body', 100, 1],
  ['large', '300,000 bytes in fragments', 300_000, 20],
  ['tiny-fragments', '5,000 fragments', 5_000, 5_000],
]

const addressCases = BY_ADDRESS.map(([name, title, size, frames]): ListenerCase => ({
  id: `answering.address.${name}`,
  level: 'MUST',
  source: '5.4, 5.7',
  title: `a request by address with ${title} is fetched, and answered on the same connection`,
  needs: ['http'],
  async run(bench) {
    const channel = await bench.channel()
    const body = randomBytes(size)
    const input: AskInput = { method: 'POST', body }
    const made = bench.askByAddress(channel, input)
    const on = await bench.fetched(made)
    on.write(made.text)
    sendBody(on.peer, body, frames)
    const response = await on.until(bench.scope, 'the response', () => {
      assert.equal(
        channel.responses.some(({ requestId }) => requestId === made.id),
        false,
        'it came on the control channel',
      )
      return on.responses.find(({ requestId }) => requestId === made.id)
    })
    checkBody(response, body)
  },
}))

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']

const methodCases = METHODS.map((method): ListenerCase => ({
  id: `answering.method.${method.toLowerCase()}`,
  level: 'MUST',
  source: '5.1',
  title: `a ${method} request is answered`,
  needs: ['http'],
  async run(bench) {
    const { response } = await bench.exchange({ method })
    assert.equal(Number(response.statusCode), 200, 'statusCode')
    assert.equal(headerOf(response, 'x-method'), method, 'X-Method')
  },
}))

/** What a listener answers to HTTP requests. */
export const ANSWERING: ListenerSuite = {
  name: 'answering',
  about: 'HTTP requests that the listener gets, and its responses',
  cases: [
    ...methodCases,
    ...bodyCases,
    ...addressCases,
    {
      id: 'answering.members',
      level: 'MUST',
      source: '5.5',
      title: 'a response has requestId, a whole number as statusCode, and headers that are texts',
      needs: ['http'],
      async run(bench) {
        const { response } = await bench.exchange({ method: 'POST', body: 'hello' })
        assert.match(String(response.statusCode), /^200$/, 'statusCode')
        for (const [name, value] of Object.entries(response.responseHeaders))
          assert.ok(['string', 'number'].includes(typeof value), `${name} is no text`)
        assert.equal(response.body, true, 'body')
      },
    },
    {
      id: 'answering.status-number',
      level: 'SHOULD',
      source: '5.5',
      title: 'statusCode is a number and body is written, as in every official listener',
      needs: ['http'],
      async run(bench) {
        const { response } = await bench.exchange()
        assert.equal(typeof response.statusCode, 'number', 'type of statusCode')
        assert.equal(typeof response.body, 'boolean', 'type of body')
      },
    },
    {
      id: 'answering.on-channel',
      level: 'SHOULD',
      source: '5.6',
      title: 'a small response comes on the control channel',
      needs: ['http'],
      async run(bench) {
        const { on } = await bench.exchange({ query: 'bytes=1000' })
        assert.equal(on, 'channel', 'way')
      },
    },
    {
      id: 'answering.no-body',
      level: 'MUST',
      source: '5.5',
      title: 'a 204 is answered without a body',
      needs: ['http'],
      async run(bench) {
        const { response } = await bench.exchange({ query: 'status=204' })
        assert.equal(Number(response.statusCode), 204, 'statusCode')
        assert.equal(response.data?.length ?? 0, 0, 'bytes of the body')
      },
    },
    {
      id: 'answering.status',
      level: 'MUST',
      source: '5.5',
      title: 'the status of the application is that of the response',
      needs: ['http'],
      async run(bench) {
        const { response } = await bench.exchange({ query: 'status=418' })
        assert.equal(Number(response.statusCode), 418, 'statusCode')
      },
    },
    ...([65_537, 300_000] as const).map((size): ListenerCase => ({
      id: `answering.large.${size}`,
      level: 'MUST',
      source: '5.6',
      title: `a response of ${size} bytes comes over a connection of its own and has an end`,
      needs: ['http'],
      async run(bench) {
        const channel = await bench.channel()
        const asked = bench.ask(channel, { query: `bytes=${size}` })
        const on = await bench.fetched(asked)
        const response = await on.response(bench.scope, asked.id).catch((error: unknown) => {
          if (on.close?.code !== 1000) throw error
          // A Java listener ends a body by its Close.
          throw new Error('the body had no last frame before the Close')
        })
        checkBody(response, Buffer.alloc(size, 'x'))
      },
    })),
    {
      id: 'answering.concurrent',
      level: 'MUST',
      source: '5.6',
      title: '20 requests at once are all answered, each response with its own body behind it',
      needs: ['http'],
      async run(bench) {
        const channel = await bench.channel()
        const asked = Array.from({ length: 20 }, (_, index) => {
          const body = `body ${index} `.repeat(300)
          return { body, ...bench.ask(channel, { method: 'POST', body }) }
        })
        for (const { id, body } of asked)
          checkBody(await channel.response(bench.scope, id), Buffer.from(body))
        assert.deepEqual(channel.faults, [], 'faults')
      },
    },
    {
      id: 'answering.address-refused',
      level: 'MUST',
      source: '5.7',
      title: 'a listener whose connection for a request is refused goes on',
      needs: ['http'],
      async run(bench) {
        const channel = await bench.channel()
        const made = bench.askByAddress(channel)
        const arrival = await bench.relay.next(bench.scope, 'request', {
          fits: (one) => one.parameter('sb-hc-id') === made.id,
        })
        arrival.refuse(403, 'Unknown Connection ID')
        const { response } = await bench.exchange()
        assert.equal(Number(response.statusCode), 200, 'statusCode of the next request')
        assert.equal(channel.isOnline, true, 'the control channel is gone')
      },
    },
    {
      id: 'answering.address-unchanged',
      level: 'MUST',
      source: '5.7',
      title: 'it dials the address of a request without changing a byte of it, and without a token',
      needs: ['http'],
      async run(bench) {
        const channel = await bench.channel()
        const made = bench.askByAddress(channel)
        const { arrival } = await bench.fetched(made)
        const host = arrival.head.headers.get('Host')
        assert.equal(`wss://${host}${arrival.head.target}`, made.address, 'address')
        assert.equal(arrival.token, undefined, 'there is a token')
      },
    },
    {
      id: 'answering.ping-in-body',
      level: 'MUST',
      source: '3.3, 3.4',
      title: 'a Ping between the fragments of a body is answered and does no harm',
      needs: ['http'],
      async run(bench) {
        const channel = await bench.channel()
        const { id, text } = bench.draft(channel.arrival, { method: 'POST', body: 'x' })
        channel.write(text)
        channel.peer.send({ opcode: OPCODE.binary, payload: 'in ', fin: false })
        channel.peer.send({ opcode: OPCODE.ping, payload: 'in-body' })
        channel.peer.send({ opcode: OPCODE.continuation, payload: 'pieces', fin: true })
        checkBody(await channel.response(bench.scope, id), Buffer.from('in pieces'))
        await channel.until(bench.scope, 'a Pong', () => channel.pongs.find((p) => p === 'in-body'))
      },
    },
  ],
}
