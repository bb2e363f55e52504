import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { within } from '../lib/deadline.ts'
import { pattern, patternChunks } from '../lib/pattern.ts'
import { cpuSeconds, rssBytes } from '../lib/process-usage.ts'
import { pump, repeat } from '../lib/pump.ts'
import { measure, quietly } from '../lib/window.ts'
import type { Transport } from '../peers/peer.ts'
import {
  closeTcpTunnel,
  type TcpTunnel,
  type TunnelKind,
  TunnelPeer,
} from '../peers/tunnel-peer.ts'
import { PRODUCT_TUNNEL, TUNNEL_PEERS } from '../peers/tunnel-peers.ts'
import { inTurn, roundsOf, type Bench, type Round, type Scenario } from './scenario.ts'

const WRITE_BYTES = 65_536
const CHECK_BYTES = 64 * 1_048_576
const CHECK_TIMEOUT_MS = 60_000
/** Programs in JavaScript are still being compiled while the first of so many bytes pass. */
const WARM_UP_BYTES = 256 * 1_048_576
/** In a program that many have passed through. */
const AGAIN_WARM_UP_BYTES = 32 * 1_048_576
const AGAIN_WARM_UP_MS = 100
const WINDOW_MS = 400
/** A slow machine waits for them no longer than so many warm-ups. */
const MAX_WARM_UPS = 6
const OPEN_AT_ONCE = 8
const SETTLE_MS = 500
/** Nothing is read, and the generator holds thousands of such buffers. */
const IDLE_READ_BYTES = 1_024

/** To the endpoint, or from it. */
type Way = 'up' | 'down'
const WAYS: readonly Way[] = ['up', 'down']

export const TUNNEL: Scenario = {
  name: 'tunnel',
  isOwn: true,
  question: [
    'The whole way from a TCP client to a TCP endpoint, both in the load generator: `app forward`, the emulator, `hcm run`, started as users start them; beside it the same three programs built from ws, `ssh -L` to a real sshd, and a connection with nothing in between. Up is to the endpoint, down from it; writes of 64 KiB, measured when 256 MiB have passed or after 3 s.',
    'The programs of the tunnel run on both cores; CPU is that of all of them.',
    '"Idle" is growth of RSS for each of many open tunnels without traffic, in new processes that hold as many already, so that code and heap have grown to their size.',
  ].join(' '),
  metrics: [
    { key: 'megabytesPerSecond', label: 'MB/s', digits: 0 },
    { key: 'cpuSecondsPerGigabyte', label: 'CPU s/GB', digits: 2 },
    { key: 'programCores', label: 'cores of the programs', digits: 2 },
    { key: 'generatorCores', label: 'generator cores', digits: 2 },
    { key: 'forwarderKibibytesPerTunnel', label: 'forwarder KiB per tunnel', digits: 1 },
    { key: 'agentKibibytesPerTunnel', label: 'agent KiB per tunnel', digits: 1 },
  ],
  run: async (bench) => {
    for (const transport of ['ws', 'wss'] as const) {
      const kinds = await checkKinds(bench, transport)
      for (let i = 0; i < bench.runs; i++) await repetition(bench, kinds, transport, i)
      if (!kinds.includes(PRODUCT_TUNNEL)) continue
      for (let run = 0; run < bench.runs; run++) {
        await bench.attempt(`${transport} idle, ${PRODUCT_TUNNEL.name}, run ${run + 1}`, () =>
          measureIdle(bench, transport, run),
        )
      }
    }
  },
}

/** Those that let 64 MiB through unchanged in each direction; only they are measured. */
async function checkKinds(bench: Bench, transport: Transport): Promise<readonly TunnelKind[]> {
  const passed: TunnelKind[] = []
  for (const kind of TUNNEL_PEERS.filter(({ transports }) => transports.includes(transport))) {
    await bench.attempt(`check of ${kind.name} as a tunnel, ${transport}`, async () => {
      const missing = kind.missing()
      if (missing !== undefined) throw new Error(`${missing} is not installed`)
      const peer = await TunnelPeer.start(kind, transport, bench.tools)
      try {
        for (const way of WAYS) await checkIntegrity(peer, way)
        passed.push(kind)
      } finally {
        await peer.close()
      }
    })
  }
  return passed
}

async function checkIntegrity(peer: TunnelPeer, way: Way): Promise<void> {
  const tunnel = await peer.open()
  const { from, to } = endsOf(tunnel, way)
  const [sent, received] = [createHash('sha256'), createHash('sha256')]
  const chunks = patternChunks(CHECK_BYTES)
  let arrivedBytes = 0
  const arrived = new Promise<void>((resolve, reject) => {
    to.socket.once('close', () => reject(new Error('the tunnel ended early')))
    to.consume = (chunk) => {
      received.update(chunk)
      arrivedBytes += chunk.length
      if (arrivedBytes >= CHECK_BYTES) resolve()
    }
  })
  const next = (): Buffer | undefined => {
    const { value } = chunks.next()
    if (value) sent.update(value)
    return value ?? undefined
  }
  try {
    pump(from.socket, next)
    await within(arrived, CHECK_TIMEOUT_MS, `the 64 MiB check of ${peer.name}`)
  } finally {
    await closeTcpTunnel(tunnel)
  }
  if (sent.digest('hex') !== received.digest('hex')) throw new Error('the stream came out changed')
}

/** Peers in turn inside each direction, in new processes; the turn rotates. */
async function repetition(
  bench: Bench,
  kinds: readonly TunnelKind[],
  transport: Transport,
  repetition: number,
): Promise<void> {
  const peers: TunnelPeer[] = []
  try {
    for (const kind of kinds) {
      await bench.attempt(
        `start of ${kind.name}, ${transport}, repetition ${repetition + 1}`,
        async () => {
          peers.push(await TunnelPeer.start(kind, transport, bench.tools))
        },
      )
    }
    for (const way of WAYS) {
      for (const round of roundsOf(bench.scale.rounds, repetition)) {
        for (const peer of inTurn(peers, round)) {
          await bench.attempt(`${transport} ${way}, ${peer.name}, run ${round.run + 1}`, () =>
            measureFlow(bench, peer, { label: `${transport} ${way}`, way, round }),
          )
        }
      }
    }
  } finally {
    await Promise.all(peers.map((peer) => peer.close()))
  }
}

async function measureFlow(
  { scale, record }: Bench,
  peer: TunnelPeer,
  { label, way, round }: { readonly label: string; readonly way: Way; readonly round: Round },
): Promise<void> {
  const { run, isFirst } = round
  const warmUpBytes = isFirst ? WARM_UP_BYTES : AGAIN_WARM_UP_BYTES
  const tunnel = await peer.open()
  const { from, to } = endsOf(tunnel, way)
  const pids = peer.programs.map(({ pid }) => pid)
  let arrivedBytes = 0
  to.consume = (chunk) => (arrivedBytes += chunk.length)
  const load = pump(from.socket, repeat(pattern(WRITE_BYTES)))
  try {
    for (let turn = 0; turn < MAX_WARM_UPS && arrivedBytes < warmUpBytes; turn++) {
      await delay(isFirst ? scale.warmUpMs : AGAIN_WARM_UP_MS)
    }
    const window = await quietly(scale.attempts, () =>
      measure(
        undefined,
        async () => {
          const [bytes, cpu] = [arrivedBytes, cpuOf(pids)]
          await delay(WINDOW_MS)
          return { bytes: arrivedBytes - bytes, cpu: cpuOf(pids) - cpu }
        },
        pids,
      ),
    )
    const { value, seconds, generatorCpuSeconds, foreignCores } = window
    if (value.bytes === 0) throw new Error('nothing came through')
    const metrics = {
      megabytesPerSecond: value.bytes / 1e6 / seconds,
      cpuSecondsPerGigabyte: value.cpu / (value.bytes / 1e9),
      programCores: value.cpu / seconds,
      generatorCores: (generatorCpuSeconds - value.cpu) / seconds,
    }
    record({ scenario: TUNNEL.name, case: label, peer: peer.name, run, metrics, foreignCores })
  } finally {
    load.stop()
    await closeTcpTunnel(tunnel)
  }
}

async function measureIdle(
  { scale, record, tools }: Bench,
  transport: Transport,
  run: number,
): Promise<void> {
  const peer = await TunnelPeer.start(PRODUCT_TUNNEL, transport, tools)
  const pidOf = (role: string) => peer.programs.find((each) => each.role === role)?.pid ?? 0
  const rss = () => [rssBytes(pidOf('forwarder')), rssBytes(pidOf('agent'))] as const
  const tunnels: TcpTunnel[] = []
  try {
    await openMany(peer, scale.fullTunnels, tunnels)
    await delay(SETTLE_MS)
    const before = rss()
    const { foreignCores } = await measure(undefined, async () => {
      await openMany(peer, scale.fullTunnels, tunnels)
      await delay(SETTLE_MS)
    })
    const after = rss()
    const perTunnel = (index: 0 | 1) => (after[index] - before[index]) / 1_024 / scale.fullTunnels
    const metrics = {
      forwarderKibibytesPerTunnel: perTunnel(0),
      agentKibibytesPerTunnel: perTunnel(1),
    }
    const label = `${transport} idle`
    record({ scenario: TUNNEL.name, case: label, peer: peer.name, run, metrics, foreignCores })
  } finally {
    await Promise.all(tunnels.map(closeTcpTunnel))
    await peer.close()
  }
}

/** Several at a time, so that both cores work. */
async function openMany(peer: TunnelPeer, count: number, into: TcpTunnel[]): Promise<void> {
  for (let opened = 0; opened < count; opened += OPEN_AT_ONCE) {
    const batch = Array.from({ length: Math.min(OPEN_AT_ONCE, count - opened) })
    into.push(...(await Promise.all(batch.map(() => peer.open(IDLE_READ_BYTES)))))
  }
}

function endsOf({ client, endpoint }: TcpTunnel, way: Way) {
  return way === 'up' ? { from: client, to: endpoint } : { from: endpoint, to: client }
}

function cpuOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0)
}
