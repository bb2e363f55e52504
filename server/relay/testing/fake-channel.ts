import { EventEmitter } from 'node:events'
import type { WebSocket } from 'ws'
import { RelayError } from '../../../protocol/errors.ts'
import type { Grant } from '../../auth/authorize.ts'
import {
  ControlChannel,
  type ControlChannelDeps,
  type ListenerIdentity,
} from '../control-channel.ts'
import type { ControlWriter } from '../control-writer.ts'

/** A WebSocket that writes down what it is told. */
export class FakeSocket extends EventEmitter {
  readonly OPEN = 1
  readyState = 1
  bufferedAmount = 0
  readonly sent: string[] = []
  readonly closes: { code: number; reason: string }[] = []
  pings = 0
  isTerminated = false

  ping(): void {
    this.pings++
  }

  close(code: number, reason: string): void {
    this.readyState = 2
    this.closes.push({ code, reason })
  }

  /** The connection ends at once, as after a reset. */
  terminate(): void {
    this.isTerminated = true
    this.end(1006)
  }

  end(code: number, reason = ''): void {
    this.readyState = 3
    this.emit('close', code, Buffer.from(reason))
  }

  text(message: object | string): void {
    const text = typeof message === 'string' ? message : JSON.stringify(message)
    this.emit('message', Buffer.from(text), false)
  }
}

export type FakeChannel = {
  readonly channel: ControlChannel
  readonly socket: FakeSocket
  /** Names of what the channel told its route. */
  readonly told: string[]
}

export const TRACKING_ID = '0f8fad5b-d9cb-469f-a165-70867728950e_G0'

/** A channel over a socket in memory. Tokens that begin with `good` are renewed for a minute. */
export function fakeChannel(
  options: {
    readonly identity?: Partial<ListenerIdentity>
    readonly grant?: Grant
    readonly deps?: Partial<ControlChannelDeps>
  } = {},
): FakeChannel {
  const socket = new FakeSocket()
  const told: string[] = []
  const tell = (name: string) => () => void told.push(name)
  // Looked up at each call, because a test may put its own clock there.
  const now = () => Date.now()
  const channel = new ControlChannel(
    socket as unknown as WebSocket,
    {
      id: 'l_1',
      listenerId: 'a',
      trackingId: TRACKING_ID,
      namespace: 'contoso',
      hybridConnection: 'hyco',
      label: 'listener',
      remote: '203.0.113.7:1',
      userAgent: null,
      scheme: 'wss',
      host: 'localhost:9443',
      ...options.identity,
    },
    options.grant ?? { rule: 'root', expiresAtMs: Infinity },
    {
      writer: { write: (command: string) => void socket.sent.push(command) } as ControlWriter,
      now,
      pingIntervalMs: 0,
      tokenGraceMs: 0,
      authorize: (token) => {
        if (!token.startsWith('good')) throw new RelayError('RELAY_TOKEN_INVALID')
        return { rule: token, expiresAtMs: now() + 60_000 }
      },
      suffix: () => ` TrackingId:${TRACKING_ID}, SystemTracker:sb://localhost/hyco, Timestamp:x`,
      on: {
        renewed: tell('renewed'),
        renewalRefused: tell('renewalRefused'),
        expired: tell('expired'),
        unresponsive: tell('unresponsive'),
        malformed: tell('malformed'),
        responded: tell('responded'),
        ended: tell('ended'),
      },
      ...options.deps,
    },
  )
  return { channel, socket, told }
}
