import { pino } from 'pino'
import type { LineSink } from '../console/line-sink.ts'
import type { LogLevel, LogRow } from './contract.ts'

/** What the parts of the agent log with: one fact with fields. */
export type AgentLogger = {
  readonly [Level in 'debug' | 'info' | 'warn' | 'error']: (fields: object, message: string) => void
}

/** A logger whose lines carry what `fields` answers at that time. */
export function withFields(logger: AgentLogger, fields: () => object): AgentLogger {
  const at = (level: keyof AgentLogger) => (more: object, message: string) =>
    logger[level]({ ...fields(), ...more }, message)
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

/** Lines that the control API can show. */
const MAX_ROWS = 1_000

/** The last lines of the log, for `hcm logs`. */
export class LogFeed implements LineSink {
  readonly #rows: LogRow[] = []
  readonly #wakers = new Set<() => void>()
  #last = 0

  /** Takes over what an earlier run has written. */
  constructor(earlier: readonly string[] = []) {
    for (const line of earlier) this.write(line)
  }

  /** Number of the last line. */
  get last(): number {
    return this.#last
  }

  write(line: string): void {
    const row = readLine(line)
    if (!row) return
    this.#last += 1
    this.#rows.push({ n: this.#last, ...row })
    if (this.#rows.length > MAX_ROWS) this.#rows.shift()
    for (const wake of [...this.#wakers]) wake()
  }

  /** Lines behind number `after`, oldest first; a number above the last is of an earlier run and reads as 0. */
  since(after: number): readonly LogRow[] {
    return after > this.#last ? [...this.#rows] : this.#rows.filter(({ n }) => n > after)
  }

  /** Resolves at the next line, or when `signal` is aborted. */
  next(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const done = () => {
        this.#wakers.delete(done)
        signal.removeEventListener('abort', done)
        resolve()
      }
      this.#wakers.add(done)
      signal.addEventListener('abort', done)
    })
  }
}

/** A logger that writes each line of JSON to every sink. `level` as pino's. */
export function createLogger(level: string, sinks: readonly LineSink[]): AgentLogger {
  return pino(
    { level, base: null },
    {
      write(line: string) {
        for (const sink of sinks) sink.write(line)
      },
    },
  )
}

const LEVELS: Readonly<Record<number, LogLevel>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
}

function readLine(line: string): Omit<LogRow, 'n'> | undefined {
  try {
    const { level, time, msg, ...fields } = JSON.parse(line) as Record<string, unknown>
    return {
      at: new Date(Number(time)).toISOString(),
      level: LEVELS[Number(level)] ?? 'info',
      message: typeof msg === 'string' ? msg : '',
      fields,
    }
  } catch {
    // A line that a crash has cut.
    return undefined
  }
}
