import { performance } from 'node:perf_hooks'
import { RelayClientError } from '../client/errors.ts'
import type { HybridStream } from '../client/hybrid-stream.ts'
import type { RelaySender } from '../client/sender.ts'
import type { Attempt } from '../console/diagnosis-facts.ts'
import { withoutTracking } from './app-connections.ts'

/**
 * How long an open tunnel is watched, ms: a listener that cannot reach its endpoint ends it within that time. An
 * endpoint that refuses answers in a round trip; one that says nothing at all takes longer than anybody waits.
 */
const WATCH_MS = 1_000
/** A listener has 30 s to come; some more for the way. */
const CONNECT_TIMEOUT_MS = 40_000

/** Opens a tunnel as an app does, sends nothing, and watches it until a byte comes, it ends, or a second has gone. */
export async function attempt(sender: RelaySender): Promise<Attempt> {
  try {
    return await watch(await sender.connect({ timeoutMs: CONNECT_TIMEOUT_MS }))
  } catch (error) {
    if (!(error instanceof RelayClientError)) throw error
    const isRejected = error.code === 'RELAY_REJECTED'
    const message = isRejected ? `${error.status} ${error.reason ?? ''}`.trim() : error.message
    return { outcome: 'failed', code: error.code, message: withoutTracking(message) }
  }
}

async function watch(tunnel: HybridStream): Promise<Attempt> {
  const startedAt = performance.now()
  const afterMs = () => Math.round(performance.now() - startedAt)
  try {
    return await new Promise<Attempt>((resolve) => {
      const ended = (reason: string) =>
        resolve({ outcome: 'open', bytes: 0, ended: { afterMs: afterMs(), reason } })
      const timer = setTimeout(() => resolve({ outcome: 'open', bytes: 0, ended: null }), WATCH_MS)
      tunnel.once('data', (chunk: Buffer) =>
        resolve({ outcome: 'open', bytes: chunk.length, ended: null }),
      )
      tunnel.once('end', () => ended(''))
      tunnel.once('error', (error) =>
        ended(error instanceof RelayClientError ? (error.reason ?? error.message) : error.message),
      )
      tunnel.once('close', () => {
        clearTimeout(timer)
        ended('')
      })
    })
  } finally {
    tunnel.destroy()
  }
}
