import { randomBytes } from 'node:crypto'
import { countArrivals } from '../lib/arrivals.ts'
import { within } from '../lib/deadline.ts'
import { maskedFrame } from '../lib/frame.ts'
import { percentile } from '../lib/stats.ts'
import { measure, quietly } from '../lib/window.ts'
import { closeTunnel, type Peer, type Tunnel } from '../peers/peer.ts'
import { interleave, type Bench, type Scenario } from './scenario.ts'

const FRAME_BYTES = 64
const WARM_UP_TRIPS = 500
const TIMEOUT_MS = 30_000

export const LATENCY: Scenario = {
  name: 'latency',
  question:
    'One frame of 64 B to the listener and one back, the next when it has come: time of the whole trip.',
  metrics: [
    { key: 'p50Microseconds', label: 'p50 us', digits: 1 },
    { key: 'p99Microseconds', label: 'p99 us', digits: 1 },
  ],
  run: async (bench) => {
    for (const transport of ['ws', 'wss'] as const) {
      await interleave(
        bench,
        transport,
        [{ label: `${transport} 64 B` }],
        (peer, { label }, { run }) => measureEcho(bench, peer, label, run),
      )
    }
  },
}

async function measureEcho(
  { scale, record }: Bench,
  peer: Peer,
  label: string,
  run: number,
): Promise<void> {
  const tunnel = await peer.open()
  try {
    await within(echo(tunnel, WARM_UP_TRIPS), TIMEOUT_MS, 'warming up')
    const { value, foreignCores } = await quietly(scale.attempts, () =>
      measure(peer.pid, () =>
        within(echo(tunnel, scale.roundTrips), TIMEOUT_MS, 'the round trips'),
      ),
    )
    const metrics = {
      p50Microseconds: percentile(value, 50) * 1_000,
      p99Microseconds: percentile(value, 99) * 1_000,
    }
    record({ scenario: 'latency', case: label, peer: peer.name, run, metrics, foreignCores })
  } finally {
    await closeTunnel(tunnel)
  }
}

/** Time of each of `count` trips, ms. */
function echo({ sender, listener, isListenerFramed }: Tunnel, count: number): Promise<number[]> {
  const payload = randomBytes(FRAME_BYTES)
  const question = maskedFrame(payload)
  const answer = isListenerFramed ? maskedFrame(payload) : payload
  const atListener = countArrivals(isListenerFramed, FRAME_BYTES)
  const atSender = countArrivals(true, FRAME_BYTES)
  return new Promise((resolve, reject) => {
    const times: number[] = []
    let start = performance.now()
    let answered = 0
    sender.socket.once('close', () => reject(new Error('the tunnel ended early')))
    listener.consume = (chunk) => {
      atListener.push(chunk)
      if (atListener.frames === answered) return
      answered = atListener.frames
      listener.socket.write(answer)
    }
    sender.consume = (chunk) => {
      atSender.push(chunk)
      if (atSender.frames === times.length) return
      const now = performance.now()
      times.push(now - start)
      if (times.length === count) return resolve(times)
      start = now
      sender.socket.write(question)
    }
    sender.socket.write(question)
  })
}
