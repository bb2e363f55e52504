import { test, type Test } from 'tap'
import { TRACKING_ID, fakeChannel } from './testing/fake-channel.ts'

function withClock(t: Test): void {
  t.clock.enter()
  t.teardown(() => t.clock.exit())
}

test('a channel closes with 1008 when its token ends, and grace puts that off', async (t) => {
  withClock(t)
  for (const tokenGraceMs of [0, 300_000]) {
    const grant = { rule: 'root', expiresAtMs: Date.now() + 60_000 }
    const { socket, told, channel } = fakeChannel({ grant, deps: { tokenGraceMs } })
    t.clock.advance(59_999 + tokenGraceMs)
    t.strictSame(socket.closes, [])
    t.clock.advance(1)
    t.match(socket.closes, [{ code: 1008, reason: /^ExpiredToken: .* TrackingId:/ }])
    t.strictSame(told, ['expired'])
    t.notOk(channel.isOpen)
    socket.end(1008)
    t.match(channel.end, { by: 'relay', code: 1008 })
  }
})

test('a renewal puts the end off, and a bad one is the end', async (t) => {
  withClock(t)
  const grant = { rule: 'root', expiresAtMs: Date.now() + 10_000 }
  const { socket, told, channel } = fakeChannel({ grant })
  socket.text({ renewToken: { token: 'good' } })
  t.clock.advance(59_000)
  t.strictSame(socket.closes, [])
  t.equal(channel.grant.rule, 'good')
  socket.text({ renewToken: { token: 'bad' } })
  t.match(socket.closes, [{ code: 1008, reason: /^InvalidSignature: / }])
  t.strictSame(told, ['renewed', 'renewalRefused'])
  t.clock.advance(60_000)
  t.equal(socket.closes.length, 1)
})

test('a channel that is being closed takes no further token', async (t) => {
  withClock(t)
  const { socket, told, channel } = fakeChannel()
  for (const token of ['bad', 'worse', 'good']) socket.text({ renewToken: { token } })
  t.strictSame(told, ['renewalRefused'])
  t.equal(channel.grant.rule, 'root')
  channel.cut()
})

test('a channel that was cut ended without a code', async (t) => {
  const { channel } = fakeChannel()
  channel.cut()
  t.match(channel.end, { by: 'relay', code: null, reason: 'cut' })
})

test('what is no command is ignored, relay-protocol 3.3', async (t) => {
  const { socket, channel, told } = fakeChannel()
  for (const text of ['', '{', '[]', '{"hello":1}', '{"renewToken":{"token":5}}', '"x"']) {
    socket.text(text)
  }
  socket.emit('message', Buffer.from('{"renewToken":{"token":"bad"}}'), true)
  t.ok(channel.isOpen)
  t.strictSame(told, [])
})

test('an answer that cannot be read fails the request that it names, and its body is ignored', async (t) => {
  const { socket, channel, told } = fakeChannel()
  socket.text('{"response":{"statusCode":200}}')
  t.strictSame(told, [], 'it names none')
  socket.text('{"response":{"requestId":"r1","statusCode":"OK","body":true}}')
  socket.emit('message', Buffer.from('the body'), true)
  t.strictSame(told, ['malformed'])
  t.ok(channel.isOpen)
})

test('two pings in a row without an answer end the channel, and a pong starts anew', async (t) => {
  withClock(t)
  const { socket, told, channel } = fakeChannel({ deps: { pingIntervalMs: 1_000 } })
  t.clock.advance(1_000)
  t.clock.advance(1_000)
  t.equal(socket.pings, 2)
  socket.emit('pong')
  t.type(channel.lastPongAtMs, 'number')
  t.type(channel.pingMs, 'number')
  t.clock.advance(1_000)
  t.clock.advance(1_000)
  t.notOk(socket.isTerminated)
  t.clock.advance(1_000)
  t.ok(socket.isTerminated)
  t.strictSame(told, ['unresponsive', 'ended'])
  t.match(channel.end, { by: 'relay' })
  t.clock.advance(10_000)
  t.equal(socket.pings, 4, 'no ping after the end')
})

test('a peer that does not answer a Close is cut after five seconds, and one that does is not', async (t) => {
  withClock(t)
  const silent = fakeChannel()
  silent.channel.close(1001, 'gone')
  silent.channel.close(1011, 'again')
  t.clock.advance(4_999)
  t.notOk(silent.socket.isTerminated)
  t.clock.advance(1)
  t.ok(silent.socket.isTerminated)
  t.equal(silent.socket.closes.length, 1)
  const polite = fakeChannel()
  polite.channel.close(1001, 'gone')
  polite.socket.end(1001)
  t.clock.advance(60_000)
  t.notOk(polite.socket.isTerminated)
})

test('the reason of a Close keeps its tracking id whole, relay-protocol 3.6', async (t) => {
  for (const text of ['short.', 'x'.repeat(72), 'x'.repeat(73), 'x'.repeat(500)]) {
    const { channel, socket } = fakeChannel()
    channel.close(1011, text)
    const reason = socket.closes[0]?.reason ?? ''
    t.ok(reason.includes(` TrackingId:${TRACKING_ID}`), reason)
    t.ok(Buffer.byteLength(reason) <= 123)
    channel.cut()
  }
})

test('a channel that is closing, slow or gone takes no commands', async (t) => {
  const { channel, socket } = fakeChannel()
  t.ok(channel.send('one'))
  socket.bufferedAmount = 5 * 1024 * 1024
  t.notOk(channel.send('two'))
  t.ok(channel.isOpen, 'slow is not closed')
  socket.bufferedAmount = 0
  socket.readyState = 2
  t.notOk(channel.send('three'))
  socket.end(1000, 'bye')
  t.notOk(channel.send('four'))
  t.strictSame(socket.sent, ['one'])
  t.match(channel.end, { by: 'listener', code: 1000, reason: 'bye' })
})

test('codes that never stood on the wire are no codes', async (t) => {
  for (const code of [1005, 1006]) {
    const { channel, socket } = fakeChannel()
    socket.end(code)
    t.match(channel.end, { by: 'listener', code: null })
  }
})

test('who waits for the end is told once, unless it stopped waiting', async (t) => {
  const { channel, socket } = fakeChannel()
  const told: string[] = []
  channel.onEnd(() => told.push('first'))
  channel.onEnd(() => told.push('second'))()
  socket.end(1000)
  channel.cut()
  channel.close(1001, 'late')
  t.strictSame(told, ['first'])
  t.strictSame(socket.closes, [])
})
