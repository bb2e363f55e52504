import { randomBytes } from 'node:crypto'
import { FrameScanner } from '../lib/frame-scanner.ts'
import { frameBatch, frameHeader } from '../lib/frame.ts'
import { peakRss } from '../lib/peak-rss.ts'
import { rssBytes } from '../lib/process-usage.ts'
import { pump, repeat, type Pump } from '../lib/pump.ts'
import { measure } from '../lib/window.ts'
import { closeTunnel, type Peer } from '../peers/peer.ts'
import { PRODUCT } from '../peers/product.ts'
import { interleaveFresh, type Bench, type Scenario } from './scenario.ts'

const WRITE_BYTES = 65_536
const STALL_MS = 1_000
/** A goal hangs on the product's delivery; of the others only the memory is of interest. */
const PRODUCT_DELIVERY_MS = 30_000
const PEER_DELIVERY_MS = 3_000

type Case = { readonly label: string; load(totalBytes: number): () => Buffer | undefined }

const CASES: readonly Case[] = [
  { label: '64 B frames', load: (total) => batches(64, total) },
  { label: '64 KiB frames', load: (total) => batches(65_536, total) },
  { label: 'one frame', load: oneFrame },
]

export const SLOW: Scenario = {
  name: 'slow',
  question:
    'A reader that takes nothing for 1 s while the sender pushes, then takes everything: growth of RSS over the new process with its idle tunnel, at its peak. Delivered is what came then within 3 s, or 30 s from the product; the other peers in the first repetition only.',
  metrics: [
    { key: 'growthMebibytes', label: 'peak growth, MiB', digits: 1 },
    { key: 'stalledGrowthMebibytes', label: 'in the stall, MiB', digits: 1 },
    { key: 'deliveredMebibytes', label: 'delivered, MiB', digits: 0 },
    { key: 'isDelivered', label: 'all delivered', digits: 0 },
  ],
  run: (bench) =>
    interleaveFresh(bench, 'ws', CASES, (peer, measured, run) =>
      measureStall(bench, peer, measured, run),
    ),
}

async function measureStall(
  { scale, record }: Bench,
  peer: Peer,
  { label, load: makeLoad }: Case,
  run: number,
): Promise<void> {
  const tunnel = await peer.open(4 * WRITE_BYTES)
  const { sender, listener } = tunnel
  const scanner = new FrameScanner()
  listener.consume = (chunk) => scanner.push(chunk)
  const before = rssBytes(peer.pid)
  const deliveryMs = peer.name === PRODUCT.name ? PRODUCT_DELIVERY_MS : PEER_DELIVERY_MS
  let load: Pump | undefined
  try {
    const { value, foreignCores } = await measure(peer.pid, async () => {
      listener.socket.pause()
      load = pump(sender.socket, makeLoad(scale.stalledBytes))
      const stalled = await peakRss(peer.pid, STALL_MS, () => false)
      listener.socket.resume()
      const isOver = () => scanner.payloadBytes >= scale.stalledBytes || listener.socket.closed
      return { stalled, flowing: await peakRss(peer.pid, deliveryMs, isOver) }
    })
    const metrics = {
      growthMebibytes: (Math.max(value.stalled, value.flowing) - before) / 1_048_576,
      stalledGrowthMebibytes: (value.stalled - before) / 1_048_576,
      deliveredMebibytes: scanner.payloadBytes / 1_048_576,
      isDelivered: Number(scanner.payloadBytes >= scale.stalledBytes),
    }
    record({ scenario: 'slow', case: label, peer: peer.name, run, metrics, foreignCores })
  } finally {
    load?.stop()
    await closeTunnel(tunnel)
  }
}

function batches(frameBytes: number, totalBytes: number): () => Buffer | undefined {
  const { bytes, payloadBytes } = frameBatch(frameBytes, WRITE_BYTES)
  return repeat(bytes, Math.ceil(totalBytes / payloadBytes))
}

/** A header, then its masked payload in pieces. */
function oneFrame(totalBytes: number): () => Buffer | undefined {
  const piece = randomBytes(WRITE_BYTES)
  const header = frameHeader(totalBytes, randomBytes(4))
  let left = totalBytes
  let isBegun = false
  return () => {
    if (!isBegun) {
      isBegun = true
      return header
    }
    if (left <= 0) return undefined
    left -= piece.length
    return left >= 0 ? piece : piece.subarray(0, left)
  }
}
