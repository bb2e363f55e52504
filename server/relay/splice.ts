import { OPCODE } from '../../protocol/websocket/frame-header.ts'
import { type LegEvents, SpliceLeg } from './splice-leg.ts'
import type { SocketReader } from './socket-reader.ts'
import type { SpliceMemory } from './splice-memory.ts'

export type Side = 'sender' | 'listener'

/** How a pair ended: who began it, by what means, and the Close frame's code and reason where there was one. */
export type SpliceEnd = {
  readonly by: Side | 'relay'
  readonly means: 'close' | 'fin' | 'reset'
  readonly code: number | null
  readonly reason: string | null
}

/** What stood in a Close frame; null where it was empty. */
export type CloseFrame = { readonly code: number | null; readonly reason: string | null }

export type SpliceOptions = {
  readonly memory: SpliceMemory
  /** A pair with one Close frame passed is cut after this, ms; 0 for never. */
  readonly halfCloseTimeoutMs: number
  /** What each side takes in one frame, bytes; left out: any length. */
  readonly longestFrames?: Readonly<Record<Side, number>>
  /** One end wrote a Close frame. */
  readonly onClose?: (side: Side, frame: CloseFrame) => void
  /** The first sign of the end: a Close frame, a FIN or a reset. Called once. */
  readonly onClosing: (end: SpliceEnd) => void
  /** Both sockets are closed. Called once, after `onClosing`. */
  readonly onClosed: () => void
}

/** How long peers may take to end their side once the relay itself has closed the pair, ms. */
const LINGER_MS = 5_000

/**
 * Joins two client WebSockets frame by frame. Both 101s have been written; bytes that came early have been
 * unshifted. A Close frame passes on without an answer from here, so half-close works; after Close in both
 * directions both sockets end. Source: relay-protocol 4.7.
 */
export class Splice {
  readonly #sender: SpliceLeg
  readonly #listener: SpliceLeg
  readonly #options: SpliceOptions
  #timer: NodeJS.Timeout | undefined
  #isClosing = false
  #openSockets = 2

  constructor(sender: SocketReader, listener: SocketReader, options: SpliceOptions) {
    this.#options = options
    const events = this.#events()
    const { memory, longestFrames } = options
    this.#sender = new SpliceLeg(sender, events, memory, longestFrames?.listener)
    this.#listener = new SpliceLeg(listener, events, memory, longestFrames?.sender)
    this.#sender.join(this.#listener)
    this.#listener.join(this.#sender)
  }

  /** Payload bytes that came from the sender. */
  get bytesToListener(): number {
    return this.#sender.payloadBytes
  }

  /** Payload bytes that came from the listener. */
  get bytesToSender(): number {
    return this.#listener.payloadBytes
  }

  /** Data frames that came from the sender. */
  get framesToListener(): number {
    return this.#sender.frames
  }

  /** Data frames that came from the listener. */
  get framesToSender(): number {
    return this.#listener.frames
  }

  /** Ends both sides with a Close frame of the relay's own, each at the next frame boundary. */
  close(code: number, reason: string): void {
    this.#closing({ by: 'relay', means: 'close', code, reason })
    const payload = closePayload(code, reason)
    this.#sender.finish(payload)
    this.#listener.finish(payload)
    this.#cutAfter(LINGER_MS)
  }

  /** Cuts both TCP connections. */
  cut(): void {
    this.#closing({ by: 'relay', means: 'reset', code: null, reason: null })
    this.#destroy()
  }

  /** One object for both legs: thousands of pairs are open at once. */
  #events(): LegEvents {
    return {
      close: (leg, payload) => this.#closeCame(leg, payload),
      fin: (leg) => this.#finCame(leg),
      gone: (leg, isAbort) => this.#legGone(leg, isAbort),
      violation: (leg, reason) => this.#broken(leg, reason),
    }
  }

  #closeCame(own: SpliceLeg, payload: Buffer): void {
    const by = this.#sideOf(own)
    const other = this.#otherOf(own)
    const frame = readClosePayload(payload)
    this.#options.onClose?.(by, frame)
    this.#closing({ by, means: 'close', ...frame })
    other.forward(OPCODE.close, payload)
    if (other.hasReceivedClose || other.hasEnded) {
      clearTimeout(this.#timer)
      own.end()
      other.end()
    } else if (this.#options.halfCloseTimeoutMs > 0) {
      this.#cutAfter(this.#options.halfCloseTimeoutMs)
    }
  }

  #finCame(own: SpliceLeg): void {
    if (own.hasReceivedClose) return
    this.#closing({ by: this.#sideOf(own), means: 'fin', code: null, reason: null })
    if (own.isMidFrame) return this.#destroy()
    if (own.isFinishing) return
    const other = this.#otherOf(own)
    if (other.hasReceivedClose) other.endAlone()
    // Whoever leaves without a word owes no bytes: the other side is cut at once. Source: relay-protocol 4.7, 6.
    else if (own.isSilent && own.isDrained && other.isDrained) this.#destroy()
    else other.end()
  }

  #legGone(own: SpliceLeg, isAbort: boolean): void {
    if (isAbort) {
      this.#closing({ by: this.#sideOf(own), means: 'reset', code: null, reason: null })
    }
    this.#otherOf(own).endAlone()
    if (--this.#openSockets > 0) return
    clearTimeout(this.#timer)
    this.#options.onClosed()
  }

  #broken(own: SpliceLeg, reason: string): void {
    this.#closing({ by: this.#sideOf(own), means: 'close', code: 1002, reason })
    own.finish(closePayload(1002, reason))
    this.#otherOf(own).finish(closePayload(1011, 'the other side broke the WebSocket protocol'))
    this.#cutAfter(LINGER_MS)
  }

  #sideOf(leg: SpliceLeg): Side {
    return leg === this.#sender ? 'sender' : 'listener'
  }

  #otherOf(leg: SpliceLeg): SpliceLeg {
    return leg === this.#sender ? this.#listener : this.#sender
  }

  #closing(end: SpliceEnd): void {
    if (this.#isClosing) return
    this.#isClosing = true
    this.#options.onClosing(end)
  }

  /** Sockets that have not ended after `ms` are destroyed. */
  #cutAfter(ms: number): void {
    clearTimeout(this.#timer)
    if (this.#openSockets === 0) return
    this.#timer = setTimeout(() => this.#destroy(), ms)
    this.#timer.unref()
  }

  #destroy(): void {
    this.#sender.destroy()
    this.#listener.destroy()
  }
}

/** Payload of a Close frame: two bytes of code, then the reason. */
export function closePayload(code: number, reason: string): Buffer {
  const text = Buffer.from(reason, 'utf8')
  const payload = Buffer.allocUnsafe(2 + text.length)
  payload.writeUInt16BE(code, 0)
  text.copy(payload, 2)
  return payload
}

function readClosePayload(payload: Buffer): CloseFrame {
  if (payload.length < 2) return { code: null, reason: null }
  return { code: payload.readUInt16BE(0), reason: payload.toString('utf8', 2) }
}
