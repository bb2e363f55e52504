import { naturalNumber } from '../../protocol/parse.ts'
import type { RelayEvent } from '../../server/events.ts'
import { adminClient } from '../admin-client.ts'
import type { AdminClient, AdminFlags } from '../admin-client.ts'
import { CliError, EXIT } from '../failure.ts'
import type { CliIo } from '../io.ts'
import { plainText } from '../../console/table.ts'

export type TailFlags = AdminFlags & {
  readonly output: 'table' | 'json'
  readonly after?: string | undefined
  /** False with `--no-follow`. */
  readonly follow: boolean
}

/** How many past events a follower begins with, when `--after` does not say. */
const RECENT = 10
/** The longest the emulator holds a request open, seconds; and how much longer we wait for it, ms. */
const WAIT_SECONDS = 20
const MARGIN_MS = 10_000

/** Prints events, one per line, until `signal` or the emulator ends it. With `json` each line is one event. */
export async function tail(flags: TailFlags, io: CliIo, signal?: AbortSignal): Promise<number> {
  const admin = adminClient(flags, io.env)
  const print = (events: readonly RelayEvent[]): void => {
    for (const event of events)
      io.stdout.write(`${flags.output === 'json' ? JSON.stringify(event) : formatEvent(event)}\n`)
  }
  let last =
    flags.after === undefined ? await firstShown(admin, flags.follow) : eventNumber(flags.after)
  let isFirst = true
  do {
    const events = await eventsAfter(admin, last, isFirst ? 0 : WAIT_SECONDS, signal)
    print(events)
    last = events.at(-1)?.n ?? last
    isFirst = false
  } while (flags.follow && !signal?.aborted)
  return EXIT.fine
}

/** One event for people: time, level, what, where, who, and the message. */
function formatEvent(event: RelayEvent): string {
  const entity = [event.namespace, event.hybridConnection].filter((part) => part !== null).join('/')
  const code = event.code === null ? '' : `[${event.code}]`
  const words = [
    event.at,
    event.level.padEnd(7),
    event.type,
    entity,
    event.who ?? '',
    event.message,
    code,
  ]
  return plainText(words.filter((word) => word !== '').join(' '))
}

async function firstShown(admin: AdminClient, isFollowing: boolean): Promise<number> {
  if (!isFollowing) return 0
  const { lastEvent } = await admin.get<{ lastEvent: number }>('/overview')
  return Math.max(0, lastEvent - RECENT)
}

/** Everything newer than `after`; with `waitSeconds` the emulator answers as soon as there is something. */
async function eventsAfter(
  admin: AdminClient,
  after: number,
  waitSeconds = 0,
  signal?: AbortSignal,
): Promise<readonly RelayEvent[]> {
  const { items } = await admin.get<{ items: readonly RelayEvent[] }>(
    `/events?after=${after}&limit=10000&wait=${waitSeconds}`,
    { timeoutMs: waitSeconds * 1000 + MARGIN_MS, ...(signal && { signal }) },
  )
  return items
}

function eventNumber(text: string): number {
  try {
    return naturalNumber(text, '--after')
  } catch (error) {
    throw new CliError(EXIT.usage, (error as Error).message, '--after 0', { cause: error })
  }
}
