import type { Logger } from 'pino'
import type { EventFeed, EventLevel } from './events.ts'

const LEVELS: Record<EventLevel, 'debug' | 'info' | 'warn' | 'error'> = {
  debug: 'debug',
  info: 'info',
  warning: 'warn',
  error: 'error',
}

/** Writes every fact as one log line, until the returned function is called. */
export function logEvents(events: EventFeed, logger: Logger): () => void {
  return events.subscribe((event) => {
    const { message, level, at: _at, ...fields } = event
    const present = Object.entries(fields).filter(([, value]) => value !== null)
    logger[LEVELS[level]](Object.fromEntries(present), message)
  })
}
