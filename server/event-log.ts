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
    const level = LEVELS[event.level]
    if (!logger.isLevelEnabled(level)) return
    const { message, level: _level, at: _at, ...fields } = event
    const present = Object.entries(fields).filter(([, value]) => value !== null)
    logger[level](Object.fromEntries(present), message)
  })
}
