import { setTimeout as delay } from 'node:timers/promises'
import { rssBytes } from './process-usage.ts'

const POLL_MS = 10

/** The largest RSS of a process seen until `isOver` or `ms` have passed, bytes. */
export async function peakRss(pid: number, ms: number, isOver: () => boolean): Promise<number> {
  const end = performance.now() + ms
  let peak = 0
  while (performance.now() < end && !isOver()) {
    peak = Math.max(peak, rssBytes(pid))
    await delay(POLL_MS)
  }
  return Math.max(peak, rssBytes(pid))
}
