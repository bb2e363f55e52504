import { setTimeout as delay } from 'node:timers/promises'
import { rssBytes } from '../lib/process-usage.ts'
import { measure } from '../lib/window.ts'
import { closeTunnel, type Peer, type Transport, type Tunnel } from '../peers/peer.ts'
import { interleaveFresh, type Bench, type Scenario } from './scenario.ts'

/** A TLS handshake takes ten times as long, and such a tunnel four times the memory. */
const SHARE: Readonly<Record<Transport, number>> = { ws: 1, wss: 0.5 }
const SETTLE_MS = 500
const OPEN_AT_ONCE = 8
/** Nothing is read, and the generator holds thousands of such buffers. */
const READ_BYTES = 1_024

export const IDLE: Scenario = {
  name: 'idle',
  question:
    'Memory of the relay for one open tunnel (two sockets) without traffic: growth of RSS over many, in a new process that holds as many already, so that code and heap have grown to their size; the other peers in the first repetition only.',
  metrics: [
    { key: 'rssKibibytesPerTunnel', label: 'KiB per tunnel', digits: 1 },
    { key: 'rssMebibytes', label: 'RSS of the process, MiB', digits: 0 },
  ],
  run: async (bench) => {
    for (const transport of ['ws', 'wss'] as const) {
      await interleaveFresh(bench, transport, [{ label: transport }], (peer, { label }, run) =>
        measureMemory(bench, peer, label, Math.ceil(bench.scale.tunnels * SHARE[transport]), run),
      )
    }
  },
}

async function measureMemory(
  { record }: Bench,
  peer: Peer,
  label: string,
  count: number,
  run: number,
): Promise<void> {
  const first = await openMany(peer, count)
  await delay(SETTLE_MS)
  const before = rssBytes(peer.pid)
  let tunnels: Tunnel[] = []
  const { foreignCores } = await measure(peer.pid, async () => {
    tunnels = await openMany(peer, count)
    await delay(SETTLE_MS)
  })
  const after = rssBytes(peer.pid)
  const metrics = {
    rssKibibytesPerTunnel: (after - before) / 1_024 / count,
    rssMebibytes: after / 1_048_576,
  }
  record({ scenario: 'idle', case: label, peer: peer.name, run, metrics, foreignCores })
  await closeAll([...first, ...tunnels])
}

/** Several at a time, so that both cores work. Who is joined with whom does not matter here. */
async function openMany(peer: Peer, count: number): Promise<Tunnel[]> {
  const tunnels: Tunnel[] = []
  while (tunnels.length < count) {
    const batch = Array.from({ length: Math.min(OPEN_AT_ONCE, count - tunnels.length) })
    tunnels.push(...(await Promise.all(batch.map(() => peer.open(READ_BYTES)))))
  }
  return tunnels
}

async function closeAll(tunnels: readonly Tunnel[]): Promise<void> {
  await Promise.all(tunnels.map(closeTunnel))
}
