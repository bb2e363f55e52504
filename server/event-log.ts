import type { Logger } from 'pino'
import { type LineSink, writeLater } from '../console/line-sink.ts'
import type { EventFeed, EventLevel, RelayEvent } from './events.ts'

const LEVELS: Record<EventLevel, 'debug' | 'info' | 'warn' | 'error'> = {
  debug: 'debug',
  info: 'info',
  warning: 'warn',
  error: 'error',
}

/**
 * Writes every fact as one log line, until the returned function is called: by the logger, or where `lines` is given
 * straight to that, as the logger would, whenever it writes.
 */
export function logEvents(events: EventFeed, logger: Logger, lines?: LineSink): () => void {
  return events.subscribe((event) => {
    const level = LEVELS[event.level]
    if (!logger.isLevelEnabled(level)) return
    if (lines) writeLater(lines, () => lineOf(event, logger.levels.values[level]))
    else logger[level](fieldsOf(event), event.message)
  })
}

function lineOf(event: RelayEvent, level: number | undefined): string {
  const line = { level, time: Date.parse(event.at), ...fieldsOf(event), msg: event.message }
  return `${JSON.stringify(line)}\n`
}

/** What stands in a line beside time, level and message; what is undefined is left out. */
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
