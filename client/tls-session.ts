const SEQUENCE = 0x30
const INTEGER = 0x02
/** `[3]`, the certificate of the peer. */
const PEER = 0xa3
const TLS_1_3 = 0x0304
/** What two bytes of length can tell. */
const MAX_CONTENT_BYTES = 0xffff

/**
 * A TLS session as it is kept, without the server's certificate: each connection that resumes it would read that anew
 * and hold it for as long as it lives, a large part of what an idle one costs. Whom the session is with was settled
 * when it was made, and Node asks no resumed TLS 1.3 connection again. Under TLS 1.2 it does, so those sessions stay as
 * they are, and so does what is not understood: late releases of Node.js 24 put sessions into an envelope.
 * Source: OpenSSL's `SSL_SESSION_ASN1`.
 */
export function withoutCertificate(session: Buffer): Buffer {
  const whole = readElement(session, 0)
  if (whole?.tag !== SEQUENCE || whole.end !== session.length) return session
  const parts: Buffer[] = []
  let integers = 0
  let isTls13 = false
  for (let at = whole.start; at < whole.end;) {
    const part = readElement(session, at)
    if (!part) return session
    // Structure version, then protocol version.
    if (part.tag === INTEGER && ++integers === 2) {
      isTls13 = part.end - part.start === 2 && session.readUInt16BE(part.start) === TLS_1_3
    }
    if (part.tag !== PEER) parts.push(session.subarray(at, part.end))
    at = part.end
  }
  const content = Buffer.concat(parts)
  if (!isTls13 || content.length > MAX_CONTENT_BYTES) return session
  return Buffer.concat([
    Buffer.of(SEQUENCE, 0x82, content.length >> 8, content.length & 0xff),
    content,
  ])
}

/** An element of DER: where its content begins and ends. Undefined when it is cut. */
function readElement(bytes: Buffer, at: number) {
  if (at + 2 > bytes.length) return undefined
  const tag = bytes[at]!
  const first = bytes[at + 1]!
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f
  const start = at + 2 + lengthBytes
  if (lengthBytes > 4 || first === 0x80 || start > bytes.length) return undefined
  const length = lengthBytes === 0 ? first : bytes.readUIntBE(at + 2, lengthBytes)
  const end = start + length
  return end > bytes.length ? undefined : { tag, start, end }
}
