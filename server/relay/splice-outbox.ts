import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { SpliceMemory } from './splice-memory.ts'

/**
 * What waits to be written to a socket, in blocks of shared memory. One write is under way at a time and the next takes
 * all that has come meanwhile, so a slow socket gets few large writes.
 */
export class SpliceOutbox {
  readonly #socket: Duplex
  readonly #memory: SpliceMemory
  readonly #onEmpty: () => void
  /** In the order of the wire; the last one is being filled. */
  readonly #blocks: Block[] = []
  #waitingBytes = 0
  #isWriting = false
  #isDeferred = false
  #isEnded = false
  #onEnded: (() => void) | undefined

  /** `onEmpty` is called whenever the socket has taken everything. */
  constructor(socket: Duplex, memory: SpliceMemory, onEmpty: () => void) {
    this.#socket = socket
    this.#memory = memory
    this.#onEmpty = onEmpty
  }

  /** What the socket has not taken yet, bytes. */
  get waitingBytes(): number {
    return this.#waitingBytes
  }

  /** Where at least `length` bytes may be put before they are appended, in shared memory. */
  room(length: number): Buffer {
    if (this.#isEnded) return this.#memory.scratch
    let block = this.#lastBlock()
    if (block.bytes.length - block.end < length) {
      this.flush()
      block = this.#startBlock()
    }
    return this.#memory.isShared(block.bytes)
      ? block.bytes.subarray(block.end)
      : this.#memory.scratch
  }

  /** Puts `bytes` behind what waits; they are copied unless they begin where {@link room} does. */
  append(bytes: Uint8Array): void {
    if (this.#isEnded) return
    this.#waitingBytes += bytes.length
    let at = 0
    while (at < bytes.length) {
      const block = this.#lastBlock()
      const count = Math.min(bytes.length - at, block.bytes.length - block.end)
      if (!isAt(block, bytes)) block.bytes.set(bytes.subarray(at, at + count), block.end)
      block.end += count
      at += count
      if (block.end === block.bytes.length) this.flush()
    }
  }

  /** Writes what waits at the end of this turn of the loop. */
  flushLater(): void {
    if (this.#isDeferred) return
    this.#isDeferred = true
    setImmediate(this.#flushDeferred)
  }

  /** Writes what waits, unless the end of this turn will. */
  flushUnlessDeferred(): void {
    if (!this.#isDeferred) this.flush()
  }

  /** Writes what waits, or lets it follow the write that is under way. */
  flush(): void {
    const block = this.#blocks[0]
    if (this.#isWriting || !block) return
    if (block.start === block.end) return this.#giveFirst()
    this.#isWriting = true
    const piece = block.bytes.subarray(block.start, block.end)
    block.start = block.end
    this.#socket.write(piece, (error) => {
      if (!error) this.#written(piece.length)
    })
  }

  /** Ends the socket behind what waits; nothing can be appended any more. `onEnded` is called when that is done. */
  end(onEnded: () => void): void {
    this.#isEnded = true
    this.#onEnded = onEnded
    this.flush()
    if (this.#waitingBytes === 0) this.#socket.end(onEnded)
  }

  /** Lets go of everything, as the socket has done. */
  dispose(): void {
    this.#isEnded = true
    while (this.#blocks.length > 0) this.#giveFirst()
  }

  readonly #flushDeferred = (): void => {
    this.#isDeferred = false
    this.flush()
  }

  #written(count: number): void {
    this.#isWriting = false
    this.#waitingBytes -= count
    const block = this.#blocks[0]
    if (block && block.start === block.end) this.#giveFirst()
    if (this.#waitingBytes > 0) return this.flushUnlessDeferred()
    if (this.#onEnded) this.#socket.end(this.#onEnded)
    else this.#onEmpty()
  }

  #giveFirst(): void {
    const block = this.#blocks.shift()
    // Only of a socket it is known that it does not look again at bytes which it has taken.
    if (block && this.#socket instanceof Socket) this.#memory.give(block.bytes)
  }

  #lastBlock(): Block {
    const last = this.#blocks.at(-1)
    return last && last.end < last.bytes.length ? last : this.#startBlock()
  }

  #startBlock(): Block {
    const block = { bytes: this.#memory.take(), start: 0, end: 0 }
    this.#blocks.push(block)
    return block
  }
}

/** Memory that is written up to `start` and filled up to `end`. */
type Block = { readonly bytes: Buffer; start: number; end: number }

function isAt({ bytes, end }: Block, view: Uint8Array): boolean {
  return bytes.buffer === view.buffer && bytes.byteOffset + end === view.byteOffset
}
