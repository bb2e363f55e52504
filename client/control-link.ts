import { OPCODE } from '../protocol/websocket/frame-header.ts'
import { type RelayClientError, closedError } from './errors.ts'
import type { FrameSocket } from './frame-socket.ts'
import { MessageAssembler } from './message-assembler.ts'

/** What a control channel's connection tells. */
export interface LinkEvents {
  message(data: Buffer, isText: boolean): void
  /** Anything came, so the other side lives. */
  alive(): void
  /** It ended. */
  ended(error: RelayClientError): void
}

/** One connection of a control channel. */
export interface ControlLink {
  start(events: LinkEvents): void
  /** Writes a text and right behind it the body it announces. False when the link cannot carry it. */
  send(text: string, body?: Uint8Array): boolean
  ping(): void
  /** Ends it in order; `ended` follows. */
  close(code: number, reason: string): void
  destroy(): void
}

/** The relay keeps to 65,536 bytes; a later one may not, bytes. */
const MAX_MESSAGE_BYTES = 1024 * 1024
const NOTHING = Buffer.alloc(0)

/** A control channel's connection over a WebSocket of ours. What one turn of the event loop sends is few writes. */
export function controlLink(frames: FrameSocket): ControlLink {
  let closed: RelayClientError | undefined
  const writes = new JoinedWrites(frames)
  return {
    start(events) {
      const assembler = new MessageAssembler(MAX_MESSAGE_BYTES, {
        message: (data, isText) => events.message(data, isText),
        fault: ({ closeCode, reason }) => {
          closed = closedError(closeCode, reason)
          frames.sendClose(closeCode, reason)
          frames.destroy()
        },
      })
      frames.start({
        data: (bytes) => assembler.data(bytes),
        messageEnd: (isText) => assembler.messageEnd(isText),
        readEnd: () => events.alive(),
        ping: () => {},
        pong: () => {},
        close: (code, reason) => {
          closed = closedError(code, reason)
          frames.sendClose(code)
        },
        drain: () => {},
        gone: (error) => events.ended(closed ?? error ?? closedError(1000, '')),
      })
    },
    send(text, body) {
      if (!frames.isWritable) return false
      writes.begin()
      frames.send(OPCODE.text, [Buffer.from(text, 'utf8')], true)
      if (body) frames.send(OPCODE.binary, [body], true)
      writes.added()
      return true
    },
    ping: () => frames.ping(NOTHING),
    close: (code, reason) => frames.sendClose(code, reason),
    destroy: () => frames.destroy(),
  }
}

/** So many messages make a write of their own: the relay works on them while this end is at the next ones. */
const MAX_JOINED = 4

/** Collects what one turn of the event loop sends. */
class JoinedWrites {
  readonly #frames: FrameSocket
  #isJoining = false
  #joined = 0

  constructor(frames: FrameSocket) {
    this.#frames = frames
  }

  begin(): void {
    if (this.#isJoining) return
    this.#isJoining = true
    this.#frames.cork()
    setImmediate(() => {
      this.#isJoining = false
      this.#joined = 0
      this.#frames.uncork()
    })
  }

  added(): void {
    if (++this.#joined < MAX_JOINED) return
    this.#joined = 0
    this.#frames.uncork()
    this.#frames.cork()
  }
}
