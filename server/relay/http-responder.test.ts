import { EventEmitter } from 'node:events'
import type { ServerResponse } from 'node:http'
import { test } from 'tap'
import type { ResponseMessage } from '../../protocol/control-message.ts'
import { HttpResponder } from './http-responder.ts'

/** A response that writes down what it is told, and takes `room` pieces before it asks for a pause. */
class FakeResponse extends EventEmitter {
  readonly written: string[] = []
  headersSent = false
  statusCode = 0
  room = Infinity

  writeHead(status: number, reason: string, headers: readonly string[]): void {
    this.headersSent = true
    this.statusCode = status
    this.written.push(`${status} ${reason} ${headers.join(' ')}`)
  }

  flushHeaders(): void {
    this.written.push('flush')
  }

  write(bytes: Uint8Array): boolean {
    this.written.push(Buffer.from(bytes).toString())
    return --this.room > 0
  }

  end(last?: Uint8Array): void {
    this.written.push(last ? `end ${Buffer.from(last).toString()}` : 'end')
  }
}

function setUp(method = 'GET') {
  const response = new FakeResponse()
  const told: string[] = []
  const responder = new HttpResponder({
    response: response as unknown as ServerResponse,
    method,
    requestId: 'r',
    viaHost: 'ns',
    idleMs: 1_000,
    onHead: () => told.push('head'),
    onDrain: () => told.push('drain'),
  })
  return { response, told, responder }
}

const HEAD: ResponseMessage = {
  requestId: 'r',
  statusCode: 200,
  statusDescription: 'OK',
  responseHeaders: [],
  body: true,
}
const PIECE = Buffer.from('piece')

test('an answer whose body is at hand gets its length, a streamed one goes out at once', async (t) => {
  const { response, responder, told } = setUp()
  t.ok(responder.head(HEAD, 5))
  responder.end(PIECE)
  t.equal(responder.bodyBytes, 5)
  t.strictSame(response.written, ['200 OK Via 1.1 ns Content-Length 5', 'end piece'])
  t.strictSame(told, ['head'])
  t.strictSame(await responder.outcome, { kind: 'ended', status: 200, altered: [] })
  const streamed = setUp()
  streamed.responder.head(HEAD)
  t.strictSame(streamed.response.written, ['200 OK Via 1.1 ns', 'flush'])
  streamed.responder.end()
})

test('a status gets the standard phrase where the listener gave none, relay-protocol 5.5', async (t) => {
  for (const [statusCode, reason] of [
    [201, 'Created'],
    [799, ''],
  ] as const) {
    const { response, responder } = setUp()
    responder.head({ ...HEAD, statusCode, statusDescription: null, body: false })
    t.strictSame(response.written, [`${statusCode} ${reason} Via 1.1 ns Content-Length 0`])
  }
})

test('nothing is written of a body that the answer cannot have', async (t) => {
  const { response, responder } = setUp('HEAD')
  responder.head(HEAD, 5)
  t.ok(responder.part(PIECE))
  responder.end(PIECE)
  t.strictSame(response.written, ['200 OK Via 1.1 ns', 'end'])
  t.equal(responder.bodyBytes, 10, 'but it was transferred')
  const reset = setUp()
  reset.responder.head({ ...HEAD, statusCode: 205, body: false }, 0)
  t.strictSame(reset.response.written, ['205 OK Via 1.1 ns Content-Length 0'])
})

test('a head for another request, or a second one, is refused', async (t) => {
  const { response, responder } = setUp()
  t.notOk(responder.head({ ...HEAD, requestId: 'other' }, 0))
  t.ok(responder.head(HEAD, 0))
  t.notOk(responder.head(HEAD, 0))
  responder.end()
  t.notOk(responder.head(HEAD, 0))
  t.equal(response.written.length, 2)
})

test('an impossible status breaks the exchange', async (t) => {
  const { response, responder } = setUp()
  t.notOk(responder.head({ ...HEAD, statusCode: 101 }, 0))
  t.match(await responder.outcome, { kind: 'broken', text: /101/ })
  t.strictSame(response.written, [])
})

test('a listener that falls silent inside a body breaks it', async (t) => {
  t.clock.enter()
  const { responder } = setUp()
  responder.head(HEAD)
  t.clock.advance(900)
  responder.part(PIECE)
  t.clock.advance(900)
  t.notOk(responder.isOver)
  t.clock.advance(200)
  t.match(await responder.outcome, { kind: 'broken', text: 'the response body stopped' })
})

test("the time that a slow sender takes is not the listener's", async (t) => {
  t.clock.enter()
  const { response, responder, told } = setUp()
  response.room = 1
  responder.head(HEAD)
  t.notOk(responder.part(PIECE), 'the listener is asked to pause')
  t.clock.advance(60_000)
  t.notOk(responder.isOver)
  response.emit('drain')
  t.strictSame(told, ['head', 'drain'])
  t.clock.advance(900)
  t.notOk(responder.isOver)
  t.clock.advance(200)
  t.ok(responder.isOver, 'then its own time runs')
})

test('a sender that leaves ends it, and nobody is listened to any longer', async (t) => {
  const { response, responder } = setUp()
  response.room = 1
  responder.head(HEAD)
  responder.part(PIECE)
  responder.finish({ kind: 'gone' })
  t.strictSame(await responder.outcome, { kind: 'gone' })
  responder.failed('too late')
  responder.part(PIECE)
  responder.end()
  t.strictSame(response.written, ['200 OK Via 1.1 ns', 'flush', 'piece'])
  t.equal(response.listenerCount('drain'), 0)
})
