import type { Logger } from 'pino'
import type { EventFeed, EventLevel, RelayEvent } from './events.ts'

const LEVELS: Record<EventLevel, 'debug' | 'info' | 'warn' | 'error'> = {
  debug: 'debug',
  info: 'info',
  warning: 'warn',
  error: 'error',
}

/** What stands in a line beside time, level and message. */
const FIELDS = Object.keys({
  n: true,
  type: true,
  operation: true,
  namespace: true,
  hybridConnection: true,
  who: true,
  code: true,
  trackingId: true,
} satisfies Record<Exclude<keyof RelayEvent, 'at' | 'level' | 'message'>, true>) as Exclude<
  keyof RelayEvent,
  'at' | 'level' | 'message'
>[]

/** Writes every fact as one log line, until the returned function is called. */
export function logEvents(events: EventFeed, logger: Logger): () => void {
  return events.subscribe((event) => {
    const level = LEVELS[event.level]
    if (!logger.isLevelEnabled(level)) return
    const fields: Record<string, unknown> = {}
    for (const name of FIELDS) if (event[name] !== null) fields[name] = event[name]
    logger[level](fields, event.message)
  })
}
