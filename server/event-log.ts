import type { Logger } from 'pino'
import type { EventFeed, EventLevel, RelayEvent } from './events.ts'

const LEVELS: Record<EventLevel, 'debug' | 'info' | 'warn' | 'error'> = {
  debug: 'debug',
  info: 'info',
  warning: 'warn',
  error: 'error',
}

/** Writes every fact as one log line, until the returned function is called. */
export function logEvents(events: EventFeed, logger: Logger): () => void {
  return events.subscribe((event) => {
    const level = LEVELS[event.level]
    if (!logger.isLevelEnabled(level)) return
    logger[level](fieldsOf(event), event.message)
  })
}

/** What stands in a line beside time, level and message; the logger leaves out what is undefined. */
function fieldsOf(event: RelayEvent) {
  return {
    n: event.n,
    type: event.type,
    operation: event.operation ?? undefined,
    namespace: event.namespace ?? undefined,
    hybridConnection: event.hybridConnection ?? undefined,
    who: event.who ?? undefined,
    code: event.code ?? undefined,
    trackingId: event.trackingId ?? undefined,
  } satisfies Record<Exclude<keyof RelayEvent, 'at' | 'level' | 'message'>, unknown>
}
