import type { Certificate } from '../lib/certificate.ts'
import type { ChildProcesses } from '../lib/child-processes.ts'
import { hangUp, type End } from '../lib/end.ts'

export type Transport = 'ws' | 'wss'

/** Two ends that a relay has joined. Both send masked frames. */
export type Tunnel = {
  readonly sender: End
  readonly listener: End
  /** From the sender's first TCP packet to its 101, ms; the mere TCP (and TLS) connect for a pipe. */
  readonly handshakeMs: number
  /** False where the far side of the relay is plain TCP: payload without frames. */
  readonly isListenerFramed: boolean
}

/** A running relay of some make. */
export type Peer = {
  readonly name: string
  readonly pid: number
  /** Joins two new connections. `readBytes` is the size of the generator's read buffers. */
  open(readBytes?: number): Promise<Tunnel>
  close(): Promise<void>
}

/** A make of relay. */
export type PeerKind = {
  readonly name: string
  readonly transports: readonly Transport[]
  /** The scenarios that it is made for; all when left out. */
  readonly scenarios?: readonly string[]
  /** True when `open` starts its program anew, which ends the tunnel before. */
  readonly isRunPerTunnel: boolean
  /** The program that is not installed, if any. */
  missing(): string | undefined
  start(transport: Transport, tools: PeerTools): Promise<Peer>
}

/** What a peer needs to start. `folder` is for its files and goes at the end of the run. */
export type PeerTools = {
  readonly children: ChildProcesses
  readonly certificate: Certificate
  readonly folder: string
}

/** Drops both ends. */
export async function closeTunnel({ sender, listener }: Tunnel): Promise<void> {
  await Promise.all([hangUp(sender), hangUp(listener)])
}
