import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type UnmaskMemory, unmaskMemory } from '../../protocol/websocket/unmask-memory.ts'
import type { Unmask } from '../../protocol/websocket/unmask.ts'
import { type StaticRead, findStaticRead } from '../../protocol/websocket/static-read.ts'

/** One read takes at most this, bytes. */
const READ_BYTES = 128 * 1024
/** What becomes of one read fits into a block, with some frames of the relay's own, bytes. */
const BLOCK_BYTES = READ_BYTES + 4 * 1024
/** As many directions can be under way at once; further ones get memory for the moment. */
export const SHARED_BLOCKS = 32

/**
 * The memory all pairs of a server share, so that bytes pass without allocations: one place where every read lands, and
 * blocks for what goes out. A pair holds a block only from a read until what came of it is written. A read is dealt
 * with before the next one of any socket, so one place is enough.
 */
export class SpliceMemory {
  /** Takes masks off on the way from a read to a block. */
  readonly unmask: Unmask
  /** For what is to be put nowhere else. */
  readonly scratch: Buffer
  readonly #reads: Buffer
  readonly #spare: Buffer[]
  readonly #staticRead: StaticRead | undefined

  /** With `staticRead: false` every read is copied to its place. */
  constructor({
    staticRead = findStaticRead(Socket),
    unmasking = unmaskMemory,
  }: {
    readonly staticRead?: StaticRead | false | undefined
    readonly unmasking?: (bytes: number) => UnmaskMemory
  } = {}) {
    const { buffer, unmask } = unmasking((2 + SHARED_BLOCKS) * BLOCK_BYTES)
    const block = (index: number) => Buffer.from(buffer, index * BLOCK_BYTES, BLOCK_BYTES)
    this.unmask = unmask
    this.#reads = block(0).subarray(0, READ_BYTES)
    this.scratch = block(1)
    this.#spare = Array.from({ length: SHARED_BLOCKS }, (_, index) => block(2 + index))
    this.#staticRead = staticRead || undefined
  }

  /** Calls `onRead` with all that comes from a socket; the bytes stay as they are until it returns. */
  readFrom(socket: Duplex, onRead: (bytes: Buffer) => void): void {
    const reads = this.#reads
    let isLed = false
    socket.on('data', (chunk: Buffer) => {
      // Not before: a pair that says nothing has no use for it.
      if (!isLed) this.#staticRead?.(socket, reads, (length) => onRead(reads.subarray(0, length)))
      isLed = true
      for (let at = 0; at < chunk.length; at += reads.length) {
        onRead(reads.subarray(0, chunk.copy(reads, 0, at)))
      }
    })
  }

  /** A block nobody else uses. */
  take(): Buffer {
    return this.#spare.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES)
  }

  /** Whether masks can be taken off into a block. */
  isShared(block: Buffer): boolean {
    return block.buffer === this.scratch.buffer
  }

  /** Takes a block back; nobody may use it any more. */
  give(block: Buffer): void {
    if (this.isShared(block)) this.#spare.push(block)
  }
}
