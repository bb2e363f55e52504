import { fstatSync, writeSync } from 'node:fs'
import { hasColour, type OutputStream, type ProgramIo } from './program-io.ts'

/** How a log is written: as asked, or null for whatever suits who reads it. */
export type LogFormat = { readonly logFormat: 'json' | 'pretty' | null }

/** Takes lines of JSON with their line feed. */
export type LineSink = { write(line: string): void }

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

/** A file takes each line at once and without the detour of a stream, which costs more than the write. */
function lineSink(stdout: OutputStream): LineSink {
  const { fd } = stdout
  if (fd === undefined || !isFile(fd, stdout)) return { write: (line) => void stdout.write(line) }
  return {
    write(line) {
      try {
        writeSync(fd, line)
      } catch {
        // A disk that is full costs the line, and not the relay.
      }
    },
  }
}

function isFile(fd: number, { isTTY }: OutputStream): boolean {
  if (isTTY === true) return false
  const found = fstatSync(fd)
  return found.isFile() || found.isCharacterDevice()
}
