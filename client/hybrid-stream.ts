import { Duplex } from 'node:stream'
import { OPCODE } from '../protocol/websocket/frame-header.ts'
import { keepAlive } from './keep-alive.ts'
import type { ConnectionInfo } from './connection-info.ts'
import { RelayClientError, closedError } from './errors.ts'
import { type FrameSocket, isSendableCloseCode } from './frame-socket.ts'

/** A reader that has this much waiting stops the connection, bytes. */
const READ_AHEAD_BYTES = 256 * 1024
/** How long the other side may take to answer a Close that ends both directions, ms. */
const CLOSE_TIMEOUT_MS = 5_000

/**
 * A relayed connection as a stream of bytes. `end()` closes this direction and leaves the other open; a Close of the
 * other side ends the readable side. `destroy()` cuts the connection, and the other side sees that it was cut. An end
 * without a Close, or one with a code other than 1000, is an error: data may be missing.
 */
export class HybridStream extends Duplex {
  readonly info: ConnectionInfo
  readonly #frames: FrameSocket
  #pieces: Buffer[] = []
  #onDrain: ((error?: Error | null) => void) | undefined
  #stopKeepAlive: () => void
  /** What {@link HybridStream.close} asked for. */
  #closing: { readonly code: number; readonly reason: string } | undefined
  #closeTimer: NodeJS.Timeout | undefined

  /** Use `RelaySender.connect` or a listener. */
  constructor(frames: FrameSocket, info: ConnectionInfo) {
    super({ readableHighWaterMark: READ_AHEAD_BYTES, writableHighWaterMark: READ_AHEAD_BYTES })
    this.info = info
    this.#frames = frames
    this.#stopKeepAlive = keepAlive(frames)
    // A tunnel that breaks before or after anybody cares for it must not end the program.
    this.on('error', () => {})
    frames.start({
      data: (bytes) => this.#pieces.push(bytes),
      messageEnd: () => {},
      readEnd: () => this.#pushPieces(),
      ping: () => {},
      pong: () => {},
      close: (code, reason) => this.#closed(code, reason),
      drain: () => this.#written(),
      gone: (error) => this.#gone(error),
    })
  }

  /**
   * Ends both directions with a code and a reason, behind what was written before: the other side gets an error that
   * says why, unless the code is 1000. What it still sends is dropped. `close` follows when it has answered, or after
   * 5 s. After `end()` has told it something else there is nothing but a cut. Throws a RangeError for a code that never
   * travels (RFC 6455 7.4).
   */
  close(code: number, reason = ''): void {
    if (!isSendableCloseCode(code)) throw new RangeError(`a Close cannot carry the code ${code}`)
    if (this.destroyed || this.#closing) return
    if (this.#frames.hasSentClose) {
      this.destroy()
      return
    }
    this.#closing = { code, reason }
    this.#pieces = []
    this.#closeTimer = setTimeout(() => this.destroy(), CLOSE_TIMEOUT_MS)
    this.#closeTimer.unref()
    this.#frames.resume()
    this.end()
  }

  override _read(): void {
    this.#frames.resume()
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#send([chunk], done)
  }

  /** What waited while the connection was full goes out as one frame. */
  override _writev(
    chunks: readonly { readonly chunk: Buffer }[],
    done: (error?: Error | null) => void,
  ): void {
    this.#send(
      chunks.map(({ chunk }) => chunk),
      done,
    )
  }

  override _final(done: (error?: Error | null) => void): void {
    const { code, reason } = this.#closing ?? { code: 1000, reason: '' }
    this.#frames.sendClose(code, reason)
    done()
    this.#endClosing()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#stopKeepAlive()
    clearTimeout(this.#closeTimer)
    this.#pieces = []
    // After both Close frames the last bytes are still on their way, and the connection ends by itself.
    if (!this.#frames.hasSentClose || !this.#frames.hasReceivedClose) this.#frames.destroy()
    done(error)
    this.#written(error)
  }

  #send(parts: readonly Buffer[], done: (error?: Error | null) => void): void {
    if (!this.#frames.isWritable) {
      return done(new RelayClientError('RELAY_CONNECTION_LOST', 'The connection is gone.'))
    }
    if (this.#frames.send(OPCODE.binary, parts, true)) done()
    else this.#onDrain = done
  }

  #written(error?: Error | null): void {
    const done = this.#onDrain
    this.#onDrain = undefined
    done?.(error)
  }

  #pushPieces(): void {
    const pieces = this.#pieces
    if (pieces.length === 0) return
    this.#pieces = []
    if (this.destroyed || this.#closing) return
    const bytes = pieces.length === 1 ? pieces[0] : Buffer.concat(pieces)
    if (!this.push(bytes)) this.#frames.pause()
  }

  #closed(code: number | undefined, reason: string): void {
    this.#pushPieces()
    if (this.#closing) this.#endClosing()
    else if (code === undefined || code === 1000) this.push(null)
    else {
      this.#frames.sendClose(code)
      this.destroy(closedError(code, reason))
    }
  }

  /** The last word has been said on both sides. */
  #endClosing(): void {
    if (this.#closing && this.#frames.hasSentClose && this.#frames.hasReceivedClose) this.destroy()
  }

  /** A lost connection matters to whoever has not ended both ways yet. */
  #gone(error: RelayClientError | undefined): void {
    if (this.#closing) this.destroy()
    else if (error && !(this.#frames.hasReceivedClose && this.writableFinished)) this.destroy(error)
  }
}
