import { once } from 'node:events'
import { within } from '../lib/deadline.ts'
import { percentile } from '../lib/stats.ts'
import { measure, quietly } from '../lib/window.ts'
import { NAIVE_BY_ARRIVAL } from '../peers/node-peers.ts'
import { closeTunnel, type Peer, type PeerKind, type Transport } from '../peers/peer.ts'
import {
  interleave,
  manyTunnelPeers,
  roundsOf,
  type Bench,
  type Round,
  type Scenario,
} from './scenario.ts'

/** The compiler needs some thousand handshakes until it has settled. */
const WARM_UPS = 4_000
const CLOSE_TIMEOUT_MS = 5_000
/** A TLS handshake costs ten times a plain one, and no goal hangs on it. */
const SHARE: Readonly<Record<Transport, number>> = { ws: 1, wss: 0.1 }

type ConnectCase = {
  readonly label: string
  readonly transport: Transport
  /** How many tunnels are on their way at any time. */
  readonly atOnce: number
  /** How often in a repetition the peers start anew: one and the same program may spend a tenth more for its whole life. */
  readonly lives: number
  /** Left out where all peers that hold many tunnels take part. */
  readonly without?: PeerKind
}

/** One at a time tells how long a connect takes; what it costs is read where the relay has no time to fall asleep (decision 14). */
export const CONNECT_CASES = {
  ws: { label: 'ws', transport: 'ws', atOnce: 1, lives: 1 },
  crowd: {
    label: 'ws, 32 at once',
    transport: 'ws',
    atOnce: 32,
    lives: 3,
    without: NAIVE_BY_ARRIVAL,
  },
  wss: { label: 'wss', transport: 'wss', atOnce: 1, lives: 1 },
} as const satisfies Record<string, ConnectCase>

export const CONNECT: Scenario = {
  name: 'connect',
  question:
    'Tunnels opened and closed one after the other, or always 32 at once; for these the programs start anew three times in a repetition. Time from the first packet of the sender to its 101, in which the product tells the listener and waits for it; CPU of the relay for both sides of a tunnel, its end included. Where there is one at a time, part of that CPU is the price of cores that fall asleep and wake each other, whatever the relay does. "Naive ws rendezvous" does the same job with ws alone: token, control channel, accept message, the sender held until the listener comes. "Pairing by arrival" leaves all of that out: two bare handshakes, one tunnel at a time.',
  metrics: [
    { key: 'handshakeP50Milliseconds', label: "p50 ms to the sender's 101", digits: 3 },
    { key: 'handshakeP99Milliseconds', label: 'p99 ms', digits: 3 },
    { key: 'cpuMillisecondsPerTunnel', label: 'relay CPU ms per tunnel', digits: 3 },
  ],
  run: async (bench) => {
    for (const connectCase of Object.values<ConnectCase>(CONNECT_CASES)) {
      await measureCase(bench, connectCase)
    }
  },
}

async function measureCase(bench: Bench, connectCase: ConnectCase): Promise<void> {
  const { transport, atOnce, lives, without } = connectCase
  const { rounds, connectRounds } = bench.scale
  const inOneLife = Math.ceil((transport === 'ws' ? connectRounds : rounds) / lives)
  const kinds = manyTunnelPeers(bench, transport).filter((kind) => kind !== without)
  const measurePeer = async (peer: Peer, measured: ConnectCase, { run, isFirst }: Round) => {
    if (isFirst) await openAndClose(peer, Math.ceil(WARM_UPS * SHARE[transport]), atOnce)
    await measureConnects(bench, peer, measured, run)
  }
  const often = { ...bench, runs: bench.runs * lives }
  await interleave(often, transport, [connectCase], measurePeer, kinds, (life) =>
    roundsOf(inOneLife, life),
  )
}

async function measureConnects(
  { scale, record }: Bench,
  peer: Peer,
  { label, transport, atOnce }: ConnectCase,
  run: number,
): Promise<void> {
  const count = Math.ceil(scale.connects * SHARE[transport])
  const { value, relayCpuSeconds, foreignCores } = await quietly(scale.attempts, () =>
    measure(peer.pid, () => openAndClose(peer, count, atOnce)),
  )
  const metrics = {
    handshakeP50Milliseconds: percentile(value, 50),
    handshakeP99Milliseconds: percentile(value, 99),
    cpuMillisecondsPerTunnel: (relayCpuSeconds * 1_000) / count,
  }
  record({ scenario: 'connect', case: label, peer: peer.name, run, metrics, foreignCores })
}

/** Answers the time of each handshake, ms. */
async function openAndClose(peer: Peer, count: number, atOnce: number): Promise<number[]> {
  const times: number[] = []
  let left = count
  const work = async () => {
    while (left-- > 0) times.push(await openAndCloseOne(peer))
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return times
}

async function openAndCloseOne(peer: Peer): Promise<number> {
  const tunnel = await peer.open()
  const ended = once(tunnel.listener.socket, 'close')
  tunnel.sender.socket.destroy()
  await within(ended, CLOSE_TIMEOUT_MS, "the end of the listener's side")
  await closeTunnel(tunnel)
  return tunnel.handshakeMs
}
