import { OPCODE } from '../protocol/websocket/frame-header.ts'
import { JoinedWrites } from '../protocol/websocket/joined-writes.ts'
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
      writes.message(() => {
        frames.cork()
        frames.send(OPCODE.text, [Buffer.from(text, 'utf8')], true)
        if (body) frames.send(OPCODE.binary, [body], true)
        frames.uncork()
      })
      return true
    },
    ping: () => frames.ping(NOTHING),
    close: (code, reason) => frames.sendClose(code, reason),
    destroy: () => frames.destroy(),
  }
}
