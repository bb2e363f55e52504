import { once } from 'node:events'
import { within } from '../lib/deadline.ts'
import { percentile } from '../lib/stats.ts'
import { measure, quietly } from '../lib/window.ts'
import { closeTunnel, type Peer, type Transport } from '../peers/peer.ts'
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

export const CONNECT: Scenario = {
  name: 'connect',
  question:
    'Tunnels opened and closed one after the other. Time from the first packet of the sender to its 101, in which the product tells the listener and waits for it; CPU of the relay for both sides of a tunnel, its end included. "Naive ws rendezvous" does the same job with ws alone: token, control channel, accept message, the sender held until the listener comes. "Pairing by arrival" leaves all of that out: two bare handshakes.',
  metrics: [
    { key: 'handshakeP50Milliseconds', label: "p50 ms to the sender's 101", digits: 3 },
    { key: 'handshakeP99Milliseconds', label: 'p99 ms', digits: 3 },
    { key: 'cpuMillisecondsPerTunnel', label: 'relay CPU ms per tunnel', digits: 3 },
  ],
  run: async (bench) => {
    for (const transport of ['ws', 'wss'] as const) {
      const count = Math.ceil(bench.scale.connects * SHARE[transport])
      const warmUps = Math.ceil(WARM_UPS * SHARE[transport])
      const kinds = manyTunnelPeers(bench, transport)
      const measurePeer = async (
        peer: Peer,
        { label }: { label: string },
        { run, isFirst }: Round,
      ) => {
        if (isFirst) await openAndClose(peer, warmUps)
        await measureConnects(bench, peer, label, count, run)
      }
      const { rounds, connectRounds } = bench.scale
      await interleave(bench, transport, [{ label: transport }], measurePeer, kinds, (repetition) =>
        roundsOf(transport === 'ws' ? connectRounds : rounds, repetition),
      )
    }
  },
}

async function measureConnects(
  { scale, record }: Bench,
  peer: Peer,
  label: string,
  count: number,
  run: number,
): Promise<void> {
  const { value, relayCpuSeconds, foreignCores } = await quietly(scale.attempts, () =>
    measure(peer.pid, () => openAndClose(peer, count)),
  )
  const metrics = {
    handshakeP50Milliseconds: percentile(value, 50),
    handshakeP99Milliseconds: percentile(value, 99),
    cpuMillisecondsPerTunnel: (relayCpuSeconds * 1_000) / count,
  }
  record({ scenario: 'connect', case: label, peer: peer.name, run, metrics, foreignCores })
}

/** Answers the time of each handshake, ms. */
async function openAndClose(peer: Peer, count: number): Promise<number[]> {
  const times: number[] = []
  for (let i = 0; i < count; i++) {
    const tunnel = await peer.open()
    times.push(tunnel.handshakeMs)
    const ended = once(tunnel.listener.socket, 'close')
    tunnel.sender.socket.destroy()
    await within(ended, CLOSE_TIMEOUT_MS, "the end of the listener's side")
    await closeTunnel(tunnel)
  }
  return times
}
