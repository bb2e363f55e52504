/** The few forms of DER that certificates are written in. Source: ITU-T X.690, 8 and 10. */

const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  printableString: 0x13,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const

/** One element: its tag, the length of `parts`, and those. */
export function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  const length = body.length
  const head =
    length < 0x80
      ? [tag, length]
      : length < 0x100
        ? [tag, 0x81, length]
        : [tag, 0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from(head), body])
}

export function sequence(...parts: readonly Buffer[]): Buffer {
  return der(TAG.sequence, ...parts)
}

export function set(...parts: readonly Buffer[]): Buffer {
  return der(TAG.set, ...parts)
}

/** `bytes` are big-endian, and read as a signed number. */
export function integer(...bytes: readonly number[]): Buffer {
  return der(TAG.integer, Buffer.from(bytes))
}

export function yes(): Buffer {
  return der(TAG.boolean, Buffer.from([0xff]))
}

/** `unused` bits at the end of the last byte say nothing. */
export function bitString(bytes: Buffer, unused = 0): Buffer {
  return der(TAG.bitString, Buffer.from([unused]), bytes)
}

export function octetString(bytes: Buffer): Buffer {
  return der(TAG.octetString, bytes)
}

/** Of letters, digits, spaces and `'()+,-./:=?` alone. */
export function printableString(text: string): Buffer {
  return der(TAG.printableString, Buffer.from(text))
}

/** An object identifier, e.g. `2.5.29.30`. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...others] = dotted.split('.').map(Number)
  return der(TAG.oid, Buffer.from([first * 40 + second, ...others.flatMap(base128)]))
}

/** To the second; two digits of the year until 2049. Source: RFC 5280, 4.1.2.5. */
export function time(date: Date): Buffer {
  const text = `${date.toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`
  return date.getUTCFullYear() < 2050
    ? der(TAG.utcTime, Buffer.from(text.slice(2)))
    : der(TAG.generalizedTime, Buffer.from(text))
}

/** What stands in an element, e.g. the members of a sequence. */
export function contentOf(element: Buffer): Buffer {
  const length = element.readUInt8(1)
  if (length < 0x80) return element.subarray(2, 2 + length)
  const start = 2 + (length & 0x7f)
  return element.subarray(start, start + element.readUIntBE(2, start - 2))
}

/** A member of a sequence, whole. Throws a RangeError where there are fewer. */
export function memberOf(element: Buffer, index: number): Buffer {
  let rest = contentOf(element)
  for (let skipped = 0; skipped < index; skipped++) rest = rest.subarray(sizeOf(rest))
  return rest.subarray(0, sizeOf(rest))
}

/** Bytes of the element that `bytes` begin with. */
function sizeOf(bytes: Buffer): number {
  const content = contentOf(bytes)
  return content.byteOffset - bytes.byteOffset + content.length
}

/** Seven bits a byte; all but the last have the eighth set. */
function base128(value: number): number[] {
  const bytes = [value & 0x7f]
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) bytes.unshift((rest & 0x7f) | 0x80)
  return bytes
}
