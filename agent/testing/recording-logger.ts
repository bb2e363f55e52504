import type { AgentLogger } from '../agent-log.ts'

export type Recorded = { readonly level: string; readonly message: string; readonly fields: object }

/** A logger that keeps what it is told. */
export function recordingLogger(): { readonly logger: AgentLogger; readonly lines: Recorded[] } {
  const lines: Recorded[] = []
  const at = (level: string) => (fields: object, message: string) =>
    void lines.push({ level, message, fields })
  const logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
  return { logger, lines }
}
