import process from 'node:process'
import { fileURLToPath } from 'node:url'
import type { CaseResult } from '../case.ts'
import { runConformance } from '../index.ts'

/** What a client does wrong, and the cases that must find it. */
type Row = readonly [fault: string, ...cases: string[]]

/** Faults of a listener, and the cases that must find each. */
export const LISTENER_FAULTS: readonly Row[] = [
  ['other-path', 'handshake.place'],
  ['other-key', 'handshake.token'],
  ['ended-token', 'handshake.token'],
  ['token-in-query', 'handshake.token-place'],
  ['key-in-header', 'handshake.no-key'],
  ['no-id', 'handshake.id'],
  ['no-pong', 'channel.ping', 'channel.unsolicited-pong'],
  ['rewrites-address', 'accepting.dials'],
  ['token-at-rendezvous', 'accepting.no-token'],
  ['no-protocol', 'accepting.protocol.first'],
  ['all-binary', 'accepting.echo.text'],
  ['one-at-a-time', 'accepting.concurrent'],
  ['dies-of-refusals', 'accepting.refused.403'],
  ['ends-with-channel', 'accepting.beside-channel'],
  ['reads-by-eye', 'accepting.spelling.escaped-slashes'],
  ['never-rejects', 'accepting.reject'],
  ['forgets-bodies', 'answering.body.one-byte'],
  ['always-get', 'answering.method.put'],
  ['always-200', 'answering.status'],
  ['loses-ids', 'answering.members'],
  ['mixes-bodies', 'answering.concurrent'],
  ['all-on-channel', 'answering.large.65537'],
  ['answers-elsewhere', 'answering.address.small'],
  ['no-reconnect', 'recovery.going-away'],
  ['new-id', 'recovery.same-id'],
  ['hammers', 'recovery.back-off'],
  ['vanishes', 'recovery.stops'],
]

/** Faults of a sender, and the cases that must find each. */
export const SENDER_FAULTS: readonly Row[] = [
  ['other-path', 'connecting.place'],
  ['decoded-key', 'connecting.token'],
  ['other-audience', 'connecting.token'],
  ['key-in-address', 'connecting.no-key'],
  ['no-action', 'connecting.action'],
  ['own-protocol', 'connecting.no-protocol'],
  ['reversed-protocols', 'connecting.protocols'],
  ['sends-text', 'streaming.size.65536'],
  ['first-message', 'streaming.answer.messages'],
  ['no-pong', 'streaming.ping'],
  ['impatient', 'streaming.waits'],
  ['just-leaves', 'streaming.close'],
  ['always-fine', 'streaming.cut', 'refusals.no-listener'],
  ['says-nothing', 'refusals.told'],
  ['knocks-again', 'refusals.once'],
  ['hc-in-path', 'requesting.place'],
  ['no-token', 'requesting.token'],
  ['any-status', 'requesting.refused-404'],
]

const CLIENTS = fileURLToPath(new URL('../../clients/', import.meta.url))

/** Results of some cases with a client that has this fault, or none. */
export async function runMutant(
  role: 'listener' | 'sender',
  fault: string,
  only: readonly string[],
): Promise<readonly CaseResult[]> {
  const { results } = await runConformance({
    role,
    command: [process.execPath, `${CLIENTS}conformance-mutant-${role}.mjs`, fault],
    // Only what the program needs: the settings of the test runner stay out of it.
    env: {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
    },
    only,
    patienceMs: 3_000,
  })
  return results
}

/** Cases that a row names and that found nothing. Three runs at a time: each waits most of its time. */
export async function missedFaults(
  role: 'listener' | 'sender',
  rows: readonly Row[],
): Promise<readonly string[]> {
  const missed: string[] = []
  const queue = rows[Symbol.iterator]()
  const worker = async () => {
    for (const [fault, ...cases] of queue) {
      const failed = (await runMutant(role, fault, cases)).filter(
        ({ status }) => status === 'failed',
      )
      const found = new Set(failed.map(({ id }) => id))
      missed.push(...cases.filter((id) => !found.has(id)).map((id) => `${fault}: ${id}`))
    }
  }
  await Promise.all([worker(), worker(), worker()])
  return missed
}
