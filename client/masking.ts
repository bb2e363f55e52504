import { randomFillSync } from 'node:crypto'
import { turnKey, unmaskWithin, wordsOf } from '../protocol/websocket/unmask.ts'

/** How one end masks what it sends (RFC 6455 5.3). */
export interface Masker {
  /** The next key as a little-endian number; 0 leaves payload as it is. */
  nextKey(): number
  /** Writes `source` under `key` into `target` at `offset`; `phase` bytes of the payload went before it. */
  mask(source: Uint8Array, key: number, target: Buffer, offset: number, phase: number): void
}

/** `mask(source, key, target, offset, length)` of bufferutil. */
export type NativeMask = (
  source: Uint8Array,
  key: Uint8Array,
  target: Uint8Array,
  offset: number,
  length: number,
) => void

/** Random bytes are drawn in stores of this size: one call of the generator costs as much as for one key. */
const POOL_BYTES = 8_192
/** A call into native code pays above this, bytes. */
const MIN_NATIVE_BYTES = 256

/** Masks with random keys, in native code when bufferutil could be loaded. */
export class RandomMasker implements Masker {
  readonly #native: NativeMask | undefined
  readonly #pool = Buffer.alloc(POOL_BYTES)
  readonly #keyBytes = Buffer.alloc(4)
  #used = POOL_BYTES

  constructor(native?: NativeMask) {
    this.#native = native
  }

  nextKey(): number {
    if (this.#used === POOL_BYTES) {
      randomFillSync(this.#pool)
      this.#used = 0
    }
    const key = this.#pool.readInt32LE(this.#used)
    this.#used += 4
    return key
  }

  mask(source: Uint8Array, key: number, target: Buffer, offset: number, phase: number): void {
    const turned = turnKey(key, phase)
    if (this.#native && source.length >= MIN_NATIVE_BYTES) {
      this.#keyBytes.writeInt32LE(turned)
      return this.#native(source, this.#keyBytes, target, offset, source.length)
    }
    target.set(source, offset)
    unmaskWithin(target, wordsOf(target), offset, offset, source.length, turned)
  }
}

/** Leaves payload as it is; for TLS legs. */
export const ZERO_MASKER: Masker = {
  nextKey: () => 0,
  mask: (source, _key, target, offset) => target.set(source, offset),
}

/** bufferutil's masking when it is installed. It is no dependency, so its absence is no fault. */
export async function loadNativeMask(): Promise<NativeMask | undefined> {
  const name: string = 'bufferutil'
  try {
    const loaded = (await import(name)) as { default?: { mask?: NativeMask } }
    return loaded.default?.mask
  } catch {
    return undefined
  }
}
