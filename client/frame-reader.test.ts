import fc from 'fast-check'
import { test } from 'tap'
import { FrameReader } from './frame-reader.ts'
import { BINARY, CLOSE, PING, TEXT, serverFrame } from './testing/server-frames.ts'

/** Reads chunks and tells what came: `t`/`b` for pieces joined, `|` for an end of message. */
function read(chunks: readonly Buffer[]) {
  const out: string[] = []
  let text = ''
  const reader = new FrameReader({
    data: (bytes, isText) => (text += `${isText ? 't' : 'b'}${bytes.toString('hex')}`),
    messageEnd: () => {
      out.push(text.replace(/(?<=.)[tb]/g, ''))
      text = ''
    },
    control: (opcode, payload) => out.push(`c${opcode}:${payload.toString()}`),
    violation: (reason) => out.push(`violation: ${reason}`),
  })
  for (const chunk of chunks) reader.push(Buffer.from(chunk))
  return text === '' ? out : [...out, `open ${text}`]
}

test('fragments, control frames between them and empty frames come out whole, however they are cut', async (t) => {
  const bytes = Buffer.concat([
    serverFrame(0x02, 'abc'),
    serverFrame(PING, 'are you there'),
    serverFrame(0x00, ''),
    serverFrame(0x80, Buffer.alloc(70_000, 1)),
    serverFrame(TEXT, 'text'),
    serverFrame(BINARY, ''),
    serverFrame(CLOSE, ''),
    serverFrame(TEXT, 'never seen'),
  ])
  const expected = read([bytes])
  t.equal(expected[0], 'c9:are you there')
  t.equal(expected[1], `b616263${'01'.repeat(70_000)}`)
  t.same(expected.slice(2), ['t74657874', '', 'c8:'])
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length), { maxLength: 8 }), (cuts) => {
      const at = [0, ...cuts.toSorted((a, b) => a - b), bytes.length]
      const chunks = at.slice(1).map((end, index) => bytes.subarray(at[index], end))
      return JSON.stringify(read(chunks)) === JSON.stringify(expected)
    }),
    { numRuns: 50 },
  )
})

test('what a server must not send is a violation, and nothing follows it', async (t) => {
  const cases: [string, Buffer][] = [
    ['masked', Buffer.from('818100000000', 'hex')],
    ['a reserved bit', serverFrame(0xc1, 'x')],
    ['unknown', serverFrame(0x83, 'x')],
    ['fragmented', serverFrame(0x09, 'x')],
    ['longer than 125', serverFrame(PING, Buffer.alloc(126))],
    ['no message', serverFrame(0x80, 'x')],
    ['inside another', Buffer.concat([serverFrame(0x01, 'x'), serverFrame(TEXT, 'x')])],
  ]
  for (const [words, bytes] of cases) {
    const out = read([Buffer.concat([bytes, serverFrame(TEXT, 'after')])])
    t.match(
      out.find((line) => line.startsWith('violation')),
      new RegExp(words),
      words,
    )
    t.notOk(out.some((line) => line.includes(Buffer.from('after').toString('hex'))))
  }
})
