const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'
/** Multipliers and addends of the hash: a MurmurHash3 of two words with numbers of its own. */
const FIRST = 0x239b961b
const SECOND = 0xab0e9789
const FIRST_ADDEND = 0x561ccd1b
const SECOND_ADDEND = 0x0bcaa747

/** `uniqueString(...)`: 13 letters and digits, the same that Azure makes of the same texts. */
export function uniqueString(texts: readonly string[]): string {
  const hash = hash64(Buffer.from(texts.join('-'), 'utf8'))
  // Thirteen times five bits from the top; the last group has one zero bit below it.
  const bits = hash << 1n
  return Array.from({ length: 13 }, (_unused, index) => {
    const shift = BigInt(60 - 5 * index)
    return ALPHABET[Number((bits >> shift) & 31n)] ?? ''
  }).join('')
}

function hash64(data: Buffer): bigint {
  let h1 = 0
  let h2 = 0
  const whole = data.length - (data.length % 8)
  for (let at = 0; at < whole; at += 8) {
    h1 = rotate(h1 ^ mixFirst(data.readUInt32LE(at)), 19) + h2
    h1 = (Math.imul(h1, 5) + FIRST_ADDEND) | 0
    h2 = rotate(h2 ^ mixSecond(data.readUInt32LE(at + 4)), 13) + h1
    h2 = (Math.imul(h2, 5) + SECOND_ADDEND) | 0
  }
  // What is left is filled up with zeros: mixing nothing changes nothing.
  const rest = Buffer.alloc(8)
  data.copy(rest, 0, whole)
  h1 ^= mixFirst(rest.readUInt32LE(0))
  h2 ^= mixSecond(rest.readUInt32LE(4))
  h1 ^= data.length
  h2 ^= data.length
  h1 = (h1 + h2) | 0
  h2 = (h2 + h1) | 0
  h1 = finish(h1)
  h2 = finish(h2)
  h1 = (h1 + h2) | 0
  h2 = (h2 + h1) | 0
  return (BigInt(h2 >>> 0) << 32n) | BigInt(h1 >>> 0)
}

function mixFirst(word: number): number {
  return Math.imul(rotate(Math.imul(word, FIRST), 15), SECOND)
}

function mixSecond(word: number): number {
  return Math.imul(rotate(Math.imul(word, SECOND), 17), FIRST)
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by))
}

function finish(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}
