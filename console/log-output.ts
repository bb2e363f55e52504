import { fstatSync, writeSync } from 'node:fs'
import process from 'node:process'
import type { LineSink } from './line-sink.ts'
import { hasColour, type OutputStream, type ProgramIo } from './program-io.ts'

/** How a log is written: as asked, or null for whatever suits who reads it. */
export type LogFormat = { readonly logFormat: 'json' | 'pretty' | null }

/** Whether the log is JSON: as asked, else when nobody is looking at a terminal. Source: product 3. */
export function isJsonLog(
  { logFormat }: LogFormat,
  { stdout }: Pick<ProgramIo, 'stdout'>,
): boolean {
  return logFormat === null ? stdout.isTTY !== true : logFormat === 'json'
}

/** Standard output as the place of a log: lines of JSON as they are, or made readable. */
export async function logOutput(
  format: LogFormat,
  io: Pick<ProgramIo, 'stdout' | 'env'>,
): Promise<LineSink> {
  const { stdout, env } = io
  if (isJsonLog(format, io)) return lineSink(stdout)
  const { prettyFactory } = await import('pino-pretty')
  // Formatted here rather than in a worker thread, so that nothing is lost or late at exit.
  const readable = prettyFactory({
    colorize: hasColour(stdout, env),
    translateTime: 'SYS:HH:MM:ss.l',
  })
  return { write: (line) => void stdout.write(readable(line) ?? '') }
}

function lineSink(stdout: OutputStream): LineSink {
  const { fd } = stdout
  if (fd === undefined || !isFile(fd, stdout)) return { write: (line) => void stdout.write(line) }
  const file = new FileLines(fd)
  process.once('exit', () => file.flush())
  return file
}

/** How long a line waits for others, ms. */
const GATHER_MS = 20
const MAX_WAITING_CHARACTERS = 64 * 1024
/** What a line that is not yet made counts as. */
const GUESSED_CHARACTERS = 512

/**
 * Lines for a file: without the detour of a stream, which costs more than the write, and in one write what comes close
 * together, for a busy relay has thousands of lines in a second. To make these one after the other costs less, too, than
 * to make each between all else that a relay does.
 */
export class FileLines implements LineSink {
  readonly #fd: number
  #waiting: (string | (() => string))[] = []
  #waitingCharacters = 0
  #timer: NodeJS.Timeout | undefined

  constructor(fd: number) {
    this.#fd = fd
  }

  write(line: string): void {
    this.#add(line, line.length)
  }

  later(make: () => string): void {
    this.#add(make, GUESSED_CHARACTERS)
  }

  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const waiting = this.#waiting
    if (waiting.length === 0) return
    this.#waiting = []
    this.#waitingCharacters = 0
    const lines = waiting.map((line) => (typeof line === 'string' ? line : line()))
    try {
      writeSync(this.#fd, lines.join(''))
    } catch {
      // A disk that is full costs the lines, and not the relay.
    }
  }

  #add(line: string | (() => string), characters: number): void {
    this.#waiting.push(line)
    this.#waitingCharacters += characters
    if (this.#waitingCharacters >= MAX_WAITING_CHARACTERS) this.flush()
    else this.#timer ??= setTimeout(() => this.flush(), GATHER_MS).unref()
  }
}

function isFile(fd: number, { isTTY }: OutputStream): boolean {
  if (isTTY === true) return false
  const found = fstatSync(fd)
  return found.isFile() || found.isCharacterDevice()
}
