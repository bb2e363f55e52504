import { pino } from 'pino'
import type { Logger } from 'pino'
import { prettyFactory } from 'pino-pretty'
import type { ServerOptions } from '../server/options.ts'
import { hasColour } from './io.ts'
import type { CliIo } from './io.ts'

/** Whether `start` writes its block and its log as JSON: as asked, else when nobody is looking at a terminal. */
export function isJsonLog(options: Pick<ServerOptions, 'logFormat'>, io: CliIo): boolean {
  return options.logFormat === null ? io.stdout.isTTY !== true : options.logFormat === 'json'
}

/** The log of `start`, on standard output: a line of JSON per fact, or the same for people. */
export function createLogger(
  options: Pick<ServerOptions, 'logFormat' | 'logLevel'>,
  io: CliIo,
): Logger {
  const settings = { level: options.logLevel, base: null }
  if (isJsonLog(options, io)) return pino(settings, { write: (line) => void io.stdout.write(line) })
  // Formatted here rather than in a worker thread, so that nothing is lost or late at exit.
  const format = prettyFactory({
    colorize: hasColour(io.stdout, io.env),
    translateTime: 'SYS:HH:MM:ss.l',
  })
  return pino(settings, { write: (line) => void io.stdout.write(format(line) ?? '') })
}
