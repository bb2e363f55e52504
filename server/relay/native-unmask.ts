import { type Unmask, unmaskWithin } from '../../protocol/websocket/unmask.ts'

/** `mask(source, key, target, offset, length)` of bufferutil; it goes forward, so moving towards the front is safe. */
type NativeMask = (
  source: Uint8Array,
  key: Uint8Array,
  target: Uint8Array,
  offset: number,
  length: number,
) => void

/** A call into native code pays above this, bytes. */
const MIN_NATIVE_BYTES = 256

/** The fastest way to unmask on this machine: native code for long payloads where bufferutil is installed. */
export async function loadUnmask(): Promise<Unmask> {
  const native = await loadNativeMask()
  if (!native) return unmaskWithin
  const keyBytes = Buffer.alloc(4)
  return (bytes, words, source, target, length, key) => {
    if (length < MIN_NATIVE_BYTES) return unmaskWithin(bytes, words, source, target, length, key)
    keyBytes.writeInt32LE(key)
    native(bytes.subarray(source, source + length), keyBytes, bytes, target, length)
  }
}

/** An optional dependency: where it has no binary, JavaScript does the work. */
async function loadNativeMask(): Promise<NativeMask | undefined> {
  const name: string = 'bufferutil'
  try {
    const loaded = (await import(name)) as { default?: { mask?: NativeMask } }
    return loaded.default?.mask
  } catch {
    return undefined
  }
}
