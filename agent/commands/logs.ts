import type { LogRow } from '../contract.ts'
import { EXIT } from '../../console/command-failure.ts'
import type { ProgramIo } from '../../console/program-io.ts'
import { plainText } from '../../console/table.ts'
import { daemonOf, type StateFlags } from './settings.ts'

export type LogsFlags = StateFlags & {
  readonly follow?: boolean | undefined
  readonly output: 'table' | 'json'
}

/** The longest the daemon holds a request open, s; and how much longer we wait for it, ms. */
const WAIT_SECONDS = 20
const MARGIN_MS = 10_000

/** `hcm logs`: the last lines, and with `--follow` those to come, until `signal` or the daemon ends. */
export async function logs(flags: LogsFlags, io: ProgramIo, signal?: AbortSignal): Promise<number> {
  const daemon = await daemonOf(flags, io)
  let after = 0
  let wait = 0
  do {
    const { items } = await daemon.get<{ items: readonly LogRow[] }>(
      `/logs?after=${after}&wait=${wait}`,
      { timeoutMs: wait * 1_000 + MARGIN_MS, ...(signal && { signal }) },
    )
    for (const row of items) {
      io.stdout.write(flags.output === 'json' ? `${JSON.stringify(row)}\n` : formatLog(row))
    }
    after = items.at(-1)?.n ?? after
    wait = WAIT_SECONDS
  } while (flags.follow && !signal?.aborted)
  return EXIT.fine
}

/** One line for people: time, level, message, and the fields behind it. */
function formatLog({ at, level, message, fields }: LogRow): string {
  const rest = Object.entries(fields)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  return `${plainText([at, level.padEnd(5), message, ...rest].join(' '))}\n`
}
