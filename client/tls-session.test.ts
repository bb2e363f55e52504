import fc from 'fast-check'
import { test } from 'tap'
import { withoutCertificate } from './tls-session.ts'

const VERSION = [0x02, 0x01, 0x01]
const TLS_1_2 = [0x02, 0x02, 0x03, 0x03]
const TLS_1_3 = [0x02, 0x02, 0x03, 0x04]
const PEER = [0xa3, 0x03, 0x30, 0x01, 0x00]
const REST = [0xa4, 0x03, 0x04, 0x01, 0x07]

/** A session of these parts, as short as DER can be. */
const session = (...parts: number[][]) => Buffer.from([0x30, parts.flat().length, ...parts.flat()])

/** One that needs more than two bytes to tell its length: a server chooses how long its ticket is. */
const long = (...parts: number[][]) => {
  const content = parts.flat()
  const length = [content.length >> 16, (content.length >> 8) & 0xff, content.length & 0xff]
  return Buffer.from([0x30, 0x83, ...length, ...content])
}

test('the certificate goes from a session of TLS 1.3, and everything else stays in its order', (t) => {
  const stripped = withoutCertificate(session(VERSION, TLS_1_3, PEER, REST))
  t.strictSame([...stripped.subarray(4)], [VERSION, TLS_1_3, REST].flat())
  t.strictSame([...stripped.subarray(0, 4)], [0x30, 0x82, 0x00, stripped.length - 4])
  t.end()
})

test('what is no whole session of TLS 1.3 stays as it is', (t) => {
  const whole = session(VERSION, TLS_1_3, PEER, REST)
  for (const other of [
    session(VERSION, TLS_1_2, PEER, REST),
    session(PEER, REST),
    session(VERSION, [0x02, 0x07, 0, 0, 0, 0, 0, 0, 0], PEER),
    session(VERSION, [0x02, 0x00], PEER),
    session(VERSION, TLS_1_3, [0x04, 0x84, 0xff, 0xff, 0xff, 0xff]),
    session(VERSION, TLS_1_3, [0x04, 0x80]),
    long(VERSION, TLS_1_3, PEER, [0x04, 0x83, 0x01, 0x00, 0x00, ...Buffer.alloc(65_536)]),
    whole.subarray(0, -1),
    Buffer.concat([whole, Buffer.of(0)]),
    Buffer.of(0x31, 0x00),
    Buffer.alloc(0),
  ]) {
    t.equal(withoutCertificate(other), other, other.toString('hex', 0, 20))
  }
  fc.assert(fc.property(fc.uint8Array(), (bytes) => void withoutCertificate(Buffer.from(bytes))))
  t.end()
})
