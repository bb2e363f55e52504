import type { ListenerSuite, SenderSuite } from './needs.ts'
import { ACCEPTING } from './suites/accepting.ts'
import { ANSWERING } from './suites/answering.ts'
import { CHANNEL } from './suites/channel.ts'
import { CONNECTING } from './suites/connecting.ts'
import { HANDSHAKE } from './suites/handshake.ts'
import { RECOVERY } from './suites/recovery.ts'
import { REFUSED } from './suites/refusals.ts'
import { REQUESTING } from './suites/requesting.ts'
import { STREAMING } from './suites/streaming.ts'

/** Every case for a listener. */
export const LISTENER_SUITES: readonly ListenerSuite[] = [
  HANDSHAKE,
  CHANNEL,
  ACCEPTING,
  ANSWERING,
  RECOVERY,
]

/** Every case for a sender. */
export const SENDER_SUITES: readonly SenderSuite[] = [CONNECTING, STREAMING, REFUSED, REQUESTING]
