import { OPCODE } from '../../../protocol/websocket/frame-header.ts'
import type { Frame } from '../wire/frames.ts'
import type { Mutation, MutationRow, Replaced } from './mutant-relay.ts'

/** Changes frames that the relay sends to a sender or to a listener's rendezvous. */
function relayed(change: (frame: Frame) => Replaced | undefined): Mutation {
  return {
    frames: (kind) => (frame, toClient) =>
      toClient && (kind === 'connect' || kind === 'accept') ? change(frame) : undefined,
  }
}

/** Faults in frames. */
export const FRAME_MUTATIONS: readonly MutationRow[] = [
  [
    'texts become binary',
    relayed((frame) =>
      frame.opcode === OPCODE.text ? { on: [{ ...frame, opcode: OPCODE.binary }] } : undefined,
    ),
    ['relaying.text.to-listener', 'relaying.text.to-sender'],
  ],
  [
    'fragments become messages',
    relayed((frame) =>
      frame.opcode === OPCODE.continuation || !frame.fin
        ? { on: [{ opcode: OPCODE.text, payload: frame.payload }] }
        : undefined,
    ),
    ['relaying.fragments.to-listener', 'relaying.fragments.to-sender'],
  ],
  [
    'messages are held until they are whole',
    {
      frames: (kind) => {
        let held: Frame | undefined
        return (frame, toClient) => {
          if (!toClient || frame.opcode > 2 || (kind !== 'connect' && kind !== 'accept'))
            return undefined
          const payload = Buffer.concat([held?.payload ?? Buffer.alloc(0), frame.payload])
          held = { ...frame, opcode: held?.opcode ?? frame.opcode, payload }
          if (!frame.fin) return { on: [] }
          const whole = held
          held = undefined
          return { on: [whole] }
        }
      },
    },
    ['relaying.streams.to-listener', 'relaying.streams.to-sender'],
  ],
  [
    'reasons of Closes are lost',
    relayed((frame) =>
      frame.opcode === OPCODE.close
        ? { on: [{ ...frame, payload: frame.payload.subarray(0, 2) }] }
        : undefined,
    ),
    ['relaying.close-normal.to-listener', 'relaying.close-application.to-sender'],
  ],
  [
    'every Close becomes 1000',
    relayed((frame) =>
      frame.opcode === OPCODE.close
        ? { on: [{ ...frame, payload: Buffer.of(3, 232) }] }
        : undefined,
    ),
    ['relaying.close-empty.to-sender', 'relaying.close-going-away.to-listener'],
  ],
  [
    'a Close is answered at once',
    {
      frames: (kind) => (frame, toClient) =>
        !toClient && frame.opcode === OPCODE.close && (kind === 'connect' || kind === 'accept')
          ? { on: [frame], back: [frame] }
          : undefined,
    },
    ['relaying.half-close.to-listener', 'relaying.half-close.to-sender'],
  ],
  [
    'frames to clients are masked',
    { isMasking: true },
    ['relaying.unmasked.to-listener', 'relaying.unmasked.to-sender'],
  ],
  [
    'a cut connection becomes a Close',
    { closesOnReset: true },
    ['relaying.abort.to-listener', 'relaying.abort.to-sender'],
  ],
  [
    'bytes are changed',
    relayed((frame) => ({ on: [{ ...frame, payload: frame.payload.map((byte) => byte | 0x80) }] })),
    ['relaying.size-125.to-listener', 'relaying.size-65536.to-sender'],
  ],
  [
    'Pings are not answered',
    {
      frames: () => (frame, toClient) =>
        toClient && frame.opcode === OPCODE.pong ? { on: [] } : undefined,
    },
    ['listener.ping.answered', 'listener.ping.unsolicited-pong'],
  ],
  [
    'Pings pass through',
    {
      frames: (kind) => (frame, toClient) =>
        kind === 'connect' && !toClient && frame.opcode === OPCODE.ping
          ? { on: [{ opcode: OPCODE.binary, payload: frame.payload }] }
          : undefined,
    },
    ['relaying.ping.to-listener'],
  ],
  [
    'a refused renewal closes with 1000',
    {
      frames: (kind) => (frame, toClient) =>
        kind === 'listen' && toClient && frame.opcode === OPCODE.close
          ? { on: [{ ...frame, payload: Buffer.of(3, 232) }] }
          : undefined,
    },
    ['listener.renew.garbage', 'listener.renew.expired'],
  ],
  [
    'bodies of requests are texts',
    {
      frames: (kind) => (frame, toClient) =>
        kind === 'listen' && toClient && frame.opcode === OPCODE.binary
          ? { on: [{ ...frame, opcode: OPCODE.text }] }
          : undefined,
    },
    ['http-request.body.one-byte', 'http-request.body.contiguous'],
  ],
  [
    'the last frame of a body has no FIN',
    {
      frames: (kind) => (frame, toClient) =>
        kind === 'request' && toClient && frame.opcode !== OPCODE.text && frame.fin
          ? { on: [{ ...frame, fin: false }] }
          : undefined,
    },
    ['http-request.body.frames', 'http-request.body.mebibyte'],
  ],
  [
    "a listener's stray message closes its channel",
    {
      frames: (kind) => (frame, toClient) =>
        kind === 'listen' &&
        !toClient &&
        frame.opcode === OPCODE.binary &&
        frame.payload.length === 0
          ? { on: [], back: [{ opcode: OPCODE.close, payload: Buffer.of(3, 234) }] }
          : undefined,
    },
    ['http-response.body.stray'],
  ],
]
