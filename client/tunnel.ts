import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { OPCODE } from '../protocol/websocket/frame-header.ts'
import { type RelayClientError, closedError } from './errors.ts'
import type { FrameSocket, FrameSocketSink } from './frame-socket.ts'
import { keepAlive } from './keep-alive.ts'
import type { Reads } from './reads.ts'

/** What joins with a relayed connection: a TCP socket, or standard input and output. */
export type TunnelOptions = {
  /** Gets what the socket reads, beside the stream's own events. */
  readonly reads?: Reads | undefined
  /** What the other side is told, by a Close with 1011, when this one breaks; a mere cut where it answers undefined. */
  readonly tell?: ((fault: Error | undefined) => string | undefined) | undefined
}

/** Close code of an end that met a condition it cannot go on with (RFC 6455 7.4.1). */
const UNEXPECTED_CONDITION = 1011
/** How long the other side may take to answer that Close, ms. */
const CLOSE_TIMEOUT_MS = 5_000
/** The relay is asked to wait while more than this is queued for the local side, bytes. */
const MAX_QUEUED_BYTES = 256 * 1024

/**
 * Leads bytes both ways at the reader's pace, until both sides are gone: what one read brought is one frame, and no
 * message is collected. The end of one direction leaves the other open; a side that breaks takes the other along, a
 * socket by a reset, for a plain end would tell a program that it has got everything. Rejects with the first fault.
 */
export function joinTunnel(
  local: Duplex,
  frames: FrameSocket,
  options: TunnelOptions = {},
): Promise<void> {
  return new Promise((resolve, reject) => {
    const tunnel = new TunnelJoin(local, frames, options)
    tunnel.start((fault) => (fault ? reject(fault) : resolve()))
  })
}

class TunnelJoin implements FrameSocketSink {
  readonly #local: Duplex
  readonly #frames: FrameSocket
  readonly #options: TunnelOptions
  readonly #stopKeepAlive: () => void
  #pieces: Buffer[] = []
  #fault: Error | undefined
  #isFarGone = false
  #onDone: (fault: Error | undefined) => void = () => {}
  #closeTimer: NodeJS.Timeout | undefined

  constructor(local: Duplex, frames: FrameSocket, options: TunnelOptions) {
    this.#local = local
    this.#frames = frames
    this.#options = options
    this.#stopKeepAlive = keepAlive(frames)
  }

  start(onDone: (fault: Error | undefined) => void): void {
    this.#onDone = onDone
    const [local, frames] = [this.#local, this.#frames]
    local.on('error', (error) => (this.#fault ??= error))
    local.on('drain', () => this.#localDrained())
    local.on('end', () => frames.sendClose(1000))
    local.once('close', () => this.#localGone())
    frames.start(this)
    if (local.closed) return this.#localGone()
    const { reads } = this.#options
    const toFar = (chunk: Buffer) => this.#toFar(chunk)
    if (reads) reads.consume = toFar
    local.on('data', toFar)
    // Node.js tells an end without a byte at once, also before anybody reads.
    if (local.readableEnded) frames.sendClose(1000)
    else local.resume()
  }

  // As the sink of the far side.

  data(bytes: Buffer): void {
    this.#pieces.push(bytes)
  }

  messageEnd(): void {}

  readEnd(): void {
    const [local, frames, pieces] = [this.#local, this.#frames, this.#pieces]
    if (pieces.length === 0) return
    this.#pieces = []
    if (!local.writable) return
    if (pieces.length > 1) local.cork()
    for (const piece of pieces) local.write(piece)
    if (pieces.length > 1) local.uncork()
    if (local.writableLength === 0) return frames.releaseReads()
    frames.holdReads()
    // Below its own mark the stream would never tell of a drain.
    if (local.writableNeedDrain && local.writableLength > MAX_QUEUED_BYTES) frames.pause()
  }

  ping(): void {}

  pong(): void {}

  close(code: number | undefined, reason: string): void {
    this.readEnd()
    if (code === undefined || code === 1000) {
      this.#local.end()
      return
    }
    this.#fault ??= closedError(code, reason)
    this.#frames.sendClose(code)
    this.#cutLocal()
  }

  drain(): void {
    this.#local.resume()
  }

  gone(error: RelayClientError | undefined): void {
    this.#isFarGone = true
    this.#stopKeepAlive()
    clearTimeout(this.#closeTimer)
    if (error && !this.#local.closed) {
      this.#fault ??= error
      this.#cutLocal()
    }
    this.#doneWhenGone()
  }

  #toFar(chunk: Buffer): void {
    if (!this.#frames.send(OPCODE.binary, [chunk], true)) this.#local.pause()
  }

  #localDrained(): void {
    this.#frames.releaseReads()
    this.#frames.resume()
  }

  #localGone(): void {
    const [local, frames] = [this.#local, this.#frames]
    // It may have broken before anybody listened.
    this.#fault ??= local.errored ?? undefined
    if (!isComplete(local) && !this.#isFarGone) this.#endFar(this.#options.tell?.(this.#fault))
    // Whatever still comes is for nobody.
    frames.resume()
    this.#doneWhenGone()
  }

  #endFar(reason: string | undefined): void {
    const frames = this.#frames
    if (reason === undefined || !frames.isWritable) return frames.destroy()
    frames.sendClose(UNEXPECTED_CONDITION, reason)
    this.#closeTimer = setTimeout(() => frames.destroy(), CLOSE_TIMEOUT_MS)
    this.#closeTimer.unref()
  }

  #cutLocal(): void {
    const local = this.#local
    if (local.destroyed) return
    if (local instanceof Socket) local.resetAndDestroy()
    else local.destroy(this.#fault)
  }

  #doneWhenGone(): void {
    if (this.#isFarGone && this.#local.closed) this.#onDone(this.#fault)
  }
}

/** True when both directions had ended in order before the stream closed. */
function isComplete(stream: Duplex): boolean {
  return stream.errored === null && stream.readableEnded && stream.writableFinished
}
