import { type Unmask, unmaskWithin } from './unmask.ts'
import { unmaskModule } from './unmask-simd.ts'

/** Memory in which masks are taken off: `unmask` works between any two views of it. */
export type UnmaskMemory = { readonly buffer: ArrayBuffer; readonly unmask: Unmask }

/** At least so many bytes, with the fastest `unmask` this machine has. */
export function unmaskMemory(bytes: number): UnmaskMemory {
  return simdMemory(bytes) ?? plainMemory(bytes)
}

/** Unmasks in JavaScript; fast where both places are equal modulo 4. */
export function plainMemory(length: number): UnmaskMemory {
  const buffer = new ArrayBuffer((length + 3) & ~3)
  const bytes = new Uint8Array(buffer)
  const words = new Int32Array(buffer)
  return {
    buffer,
    unmask: (from, fromOffset, to, toOffset, length, key) => {
      const source = from.byteOffset + fromOffset
      const target = to.byteOffset + toOffset
      if (((source ^ target) & 3) === 0) {
        return unmaskWithin(bytes, words, source, target, length, key)
      }
      for (let i = 0; i < length; i++) {
        bytes[target + i] = bytes[source + i]! ^ (key >>> ((i & 3) * 8))
      }
    },
  }
}

/** Unmasks with vector instructions. Undefined where there is no WebAssembly, or not as much memory for it. */
export function simdMemory(bytes: number): UnmaskMemory | undefined {
  const { WebAssembly } = globalThis as { WebAssembly?: WebAssemblyHost }
  if (!WebAssembly) return undefined
  const pages = Math.ceil(bytes / PAGE_BYTES)
  try {
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages })
    const module = new WebAssembly.Module(unmaskModule())
    const { exports } = new WebAssembly.Instance(module, { env: { memory } })
    const unmask = exports['unmask'] as UnmaskByAddress
    return {
      buffer: memory.buffer,
      unmask: (from, source, to, target, length, key) =>
        unmask(from.byteOffset + source, to.byteOffset + target, length, key),
    }
  } catch {
    return undefined
  }
}

type UnmaskByAddress = (source: number, target: number, length: number, key: number) => void

const PAGE_BYTES = 65_536

/** What this uses of a global object that the types of Node do not describe. */
type WebAssemblyHost = {
  readonly Memory: new (size: { initial: number; maximum: number }) => { buffer: ArrayBuffer }
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (
    module: object,
    imports: object,
  ) => { readonly exports: Readonly<Record<string, unknown>> }
}
