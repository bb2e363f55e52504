import { pino } from 'pino'
import { prettyFactory } from 'pino-pretty'
import type { LogLevel, LogRow } from './contract.ts'

/** What the parts of the agent log with: one fact with fields. */
export type AgentLogger = {
  readonly [Level in 'debug' | 'info' | 'warn' | 'error']: (fields: object, message: string) => void
}

/** A logger whose children add fields to every line. */
export type ParentLogger = AgentLogger & { child(fields: object): AgentLogger }

/** Takes lines of JSON with their line feed. */
export type LineSink = { write(line: string): void }

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
export function createLogger(level: string, sinks: readonly LineSink[]): ParentLogger {
  return pino(
    { level, base: null },
    {
      write(line: string) {
        for (const sink of sinks) sink.write(line)
      },
    },
  )
}

/** Standard output as a sink: JSON as it is, or made readable. */
export function outputSink(
  write: (text: string) => unknown,
  options: { readonly isPretty: boolean; readonly hasColour: boolean },
): LineSink {
  if (!options.isPretty) return { write: (line) => void write(line) }
  // Formatted here rather than in a worker thread, so that nothing is lost or late at exit.
  const format = prettyFactory({ colorize: options.hasColour, translateTime: 'SYS:HH:MM:ss.l' })
  return { write: (line) => void write(format(line) ?? '') }
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
