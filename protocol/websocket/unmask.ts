/**
 * Moves `length` payload bytes from `source` to `target` within `bytes` and takes the mask off on the way.
 * `words` is a view of the same memory, aligned to it; `target <= source` and both equal modulo 4, so that
 * whole words can be moved. `key` is little-endian and already turned to the phase of the first byte.
 */
export function unmaskWithin(
  bytes: Uint8Array,
  words: Int32Array,
  source: number,
  target: number,
  length: number,
  key: number,
): void {
  const base = bytes.byteOffset - words.byteOffset
  let from = source
  let to = target
  let mask = key
  const end = source + length
  while (from < end && ((base + from) & 3) !== 0) {
    bytes[to++] = bytes[from++]! ^ (mask & 0xff)
    mask = (mask >>> 8) | (mask << 24)
  }
  let word = (base + from) >> 2
  let toWord = (base + to) >> 2
  const count = (end - from) >> 2
  const unrolled = word + (count & ~3)
  for (; word < unrolled; word += 4, toWord += 4) {
    words[toWord] = words[word]! ^ mask
    words[toWord + 1] = words[word + 1]! ^ mask
    words[toWord + 2] = words[word + 2]! ^ mask
    words[toWord + 3] = words[word + 3]! ^ mask
  }
  const last = unrolled + (count & 3)
  for (; word < last; word++, toWord++) words[toWord] = words[word]! ^ mask
  from += count * 4
  to += count * 4
  while (from < end) {
    bytes[to++] = bytes[from++]! ^ (mask & 0xff)
    mask = (mask >>> 8) | (mask << 24)
  }
}

/**
 * Puts `length` payload bytes at `source` in `from`, without their mask, to `target` in `to`; the two do not overlap.
 * `key` as above.
 */
export type Unmask = (
  from: Uint8Array,
  source: number,
  to: Uint8Array,
  target: number,
  length: number,
  key: number,
) => void

/** Between any two pieces of memory. */
export const unmaskBetween: Unmask = (from, source, to, target, length, key) => {
  to.set(from.subarray(source, source + length), target)
  unmaskWithin(to, wordsOf(to), target, target, length, key)
}

/** All whole words of the memory below `bytes`, so that one view serves every frame of a chunk. */
export function wordsOf(bytes: Uint8Array): Int32Array {
  const start = bytes.byteOffset & ~3
  const end = (bytes.byteOffset + bytes.length) & ~3
  return new Int32Array(bytes.buffer, start, Math.max(0, end - start) >> 2)
}

/** The key as it applies `phase` bytes into the payload. */
export function turnKey(key: number, phase: number): number {
  const bits = (phase & 3) * 8
  return bits === 0 ? key : (key >>> bits) | (key << (32 - bits))
}
