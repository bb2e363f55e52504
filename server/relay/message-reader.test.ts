import { test } from 'tap'
import { MessageReader } from './message-reader.ts'
import { clientFrame } from '../../protocol/websocket/testing/reference-frames.ts'

/** A reader and a list of what it says. */
function setUp() {
  const heard: string[] = []
  const reader = new MessageReader({
    text: (message) => heard.push(`text ${message}`),
    binaryPart: (bytes) => heard.push(`part ${Buffer.from(bytes).toString()}`),
    binaryEnd: () => heard.push('end'),
    ping: (payload) => heard.push(`ping ${payload.toString()}`),
    close: (payload) => heard.push(`close ${payload.toString('hex')}`),
    violation: (reason) => heard.push(`violation ${reason}`),
  })
  return { reader, heard }
}

const frame = (opcode: number, text: string, fin = true) =>
  clientFrame(opcode, Buffer.from(text), { fin })

test('texts come whole, binary messages in pieces, whatever way the bytes are cut', async (t) => {
  const wire = Buffer.concat([
    frame(1, '{"a', false),
    frame(9, 'between'),
    frame(0, '":"é"}'),
    frame(2, 'one', false),
    frame(0, 'two', false),
    frame(10, 'ignored'),
    frame(0, ''),
    frame(2, ''),
    frame(8, ''),
    frame(1, 'nobody hears what follows a Close'),
  ])
  for (const cut of [1, 3, 7, wire.length]) {
    const { reader, heard } = setUp()
    for (let at = 0; at < wire.length; at += cut) {
      reader.push(Buffer.from(wire.subarray(at, at + cut)))
    }
    const parts = heard.filter((said) => said.startsWith('part '))
    t.equal(parts.map((said) => said.slice(5)).join(''), 'onetwo')
    t.strictSame(
      heard.filter((said) => !said.startsWith('part ')),
      ['ping between', 'text {"a":"é"}', 'end', 'end', 'close '],
    )
  }
})

test('a message may end without a final frame: its pieces have come all the same, relay-protocol 5.6', async (t) => {
  const { reader, heard } = setUp()
  reader.push(Buffer.concat([frame(2, 'a', false), frame(0, 'b', false), frame(8, '')]))
  t.strictSame(heard, ['part a', 'part b', 'close '])
})

test('a text has an end, and so has patience', async (t) => {
  const { reader, heard } = setUp()
  for (let i = 0; i < 10; i++) reader.push(frame(i === 0 ? 1 : 0, 'x'.repeat(60_000), false))
  t.strictSame(heard, ['violation a text message is too long'])
})

test('frames that break RFC 6455 are told, and nothing follows', async (t) => {
  const { reader, heard } = setUp()
  reader.push(Buffer.concat([frame(0, 'continues nothing'), frame(1, 'later')]))
  t.strictSame(heard, ['violation a continuation has no message'])
})

test('a stopped reader says nothing, not even of the chunk at hand', async (t) => {
  const { reader, heard } = setUp()
  reader.push(frame(1, 'one'))
  reader.stop()
  reader.push(frame(1, 'two'))
  t.strictSame(heard, ['text one'])
})
