import { setTimeout as delay } from 'node:timers/promises'
import { countArrivals } from '../lib/arrivals.ts'
import { frameBatch } from '../lib/frame.ts'
import { pump, repeat } from '../lib/pump.ts'
import { measure, quietly } from '../lib/window.ts'
import { closeTunnel, type Peer, type Transport } from '../peers/peer.ts'
import { interleave, type Bench, type Scenario } from './scenario.ts'

/** The generator writes this much at once, and reads up to four times as much. */
const WRITE_BYTES = 65_536
/** Compilers warm to work done, not to time passed; a peer that is slow, or has little of its core, gets more time. */
const WARM_UP_BYTES = 256e6
const LONGEST_WARM_UP = 4

type Case = { readonly label: string; readonly frameBytes: number }

const CASES: Readonly<Record<Transport, readonly Case[]>> = {
  ws: [
    { label: 'ws 64 B', frameBytes: 64 },
    { label: 'ws 1 KiB', frameBytes: 1_024 },
    { label: 'ws 16 KiB', frameBytes: 16_384 },
    { label: 'ws 64 KiB', frameBytes: 65_536 },
  ],
  wss: [
    { label: 'wss 1 KiB', frameBytes: 1_024 },
    { label: 'wss 16 KiB', frameBytes: 16_384 },
  ],
}

export const THROUGHPUT: Scenario = {
  name: 'throughput',
  question:
    'One tunnel, sender to listener, as fast as it goes. The sender writes batches of 64 KiB. MB and GB are decimal and count payload.',
  metrics: [
    { key: 'megabytesPerSecond', label: 'MB/s', digits: 0 },
    { key: 'framesPerSecond', label: 'frames/s', digits: 0 },
    { key: 'cpuSecondsPerGigabyte', label: 'CPU s/GB', digits: 2 },
    { key: 'relayCores', label: 'relay cores', digits: 2 },
    { key: 'generatorCores', label: 'generator cores', digits: 2 },
  ],
  run: async (bench) => {
    for (const transport of ['ws', 'wss'] as const) {
      await interleave(bench, transport, CASES[transport], (peer, measured, { run }) =>
        measureFlow(bench, peer, measured, run),
      )
    }
  },
}

async function measureFlow(
  { scale, record }: Bench,
  peer: Peer,
  { label, frameBytes }: Case,
  run: number,
): Promise<void> {
  const tunnel = await peer.open(4 * WRITE_BYTES)
  const batch = frameBatch(frameBytes, WRITE_BYTES)
  const arrivals = countArrivals(tunnel.isListenerFramed, frameBytes)
  tunnel.listener.consume = (chunk) => arrivals.push(chunk)
  const load = pump(tunnel.sender.socket, repeat(batch.bytes))
  try {
    await delay(scale.warmUpMs)
    for (let i = 1; i < LONGEST_WARM_UP && arrivals.payloadBytes < WARM_UP_BYTES; i++) {
      await delay(scale.warmUpMs)
    }
    const window = await quietly(scale.attempts, () =>
      measure(peer.pid, async () => {
        const { frames, payloadBytes } = arrivals
        await delay(scale.windowMs)
        return {
          frames: arrivals.frames - frames,
          payloadBytes: arrivals.payloadBytes - payloadBytes,
        }
      }),
    )
    const { value, seconds, relayCpuSeconds, generatorCpuSeconds, foreignCores } = window
    if (value.payloadBytes === 0) throw new Error('nothing came through')
    const metrics = {
      megabytesPerSecond: value.payloadBytes / 1e6 / seconds,
      framesPerSecond: value.frames / seconds,
      cpuSecondsPerGigabyte: relayCpuSeconds / (value.payloadBytes / 1e9),
      relayCores: relayCpuSeconds / seconds,
      generatorCores: generatorCpuSeconds / seconds,
    }
    record({ scenario: 'throughput', case: label, peer: peer.name, run, metrics, foreignCores })
  } finally {
    load.stop()
    await closeTunnel(tunnel)
  }
}
