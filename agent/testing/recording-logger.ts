import type { ParentLogger } from '../agent-log.ts'

export type Recorded = { readonly level: string; readonly message: string; readonly fields: object }

/** A logger that keeps what it is told. */
export function recordingLogger(): { readonly logger: ParentLogger; readonly lines: Recorded[] } {
  const lines: Recorded[] = []
  const at = (level: string, more: object) => (fields: object, message: string) =>
    void lines.push({ level, message, fields: { ...more, ...fields } })
  const loggerOf = (more: object): ParentLogger => ({
    debug: at('debug', more),
    info: at('info', more),
    warn: at('warn', more),
    error: at('error', more),
    child: (fields) => loggerOf({ ...more, ...fields }),
  })
  return { logger: loggerOf({}), lines }
}
