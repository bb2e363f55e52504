import { fstatSync, writeSync } from 'node:fs'
import process from 'node:process'
import { hasColour, type OutputStream, type ProgramIo } from './program-io.ts'

/** How a log is written: as asked, or null for whatever suits who reads it. */
export type LogFormat = { readonly logFormat: 'json' | 'pretty' | null }

/** Takes lines of JSON with their line feed. `flush`, where there is one, writes those that wait at once. */
export type LineSink = { write(line: string): void; flush?(): void }

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

/**
 * Lines for a file: without the detour of a stream, which costs more than the write, and in one write what comes close
 * together, for a busy relay has thousands of lines in a second.
 */
export class FileLines implements LineSink {
  readonly #fd: number
  #waiting = ''
  #timer: NodeJS.Timeout | undefined

  constructor(fd: number) {
    this.#fd = fd
  }

  write(line: string): void {
    this.#waiting += line
    if (this.#waiting.length >= MAX_WAITING_CHARACTERS) this.flush()
    else this.#timer ??= setTimeout(() => this.flush(), GATHER_MS).unref()
  }

  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const lines = this.#waiting
    this.#waiting = ''
    if (lines === '') return
    try {
      writeSync(this.#fd, lines)
    } catch {
      // A disk that is full costs the lines, and not the relay.
    }
  }
}

function isFile(fd: number, { isTTY }: OutputStream): boolean {
  if (isTTY === true) return false
  const found = fstatSync(fd)
  return found.isFile() || found.isCharacterDevice()
}
