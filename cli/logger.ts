import { pino } from 'pino'
import type { Logger } from 'pino'
import { logOutput } from '../console/log-output.ts'
import type { ServerOptions } from '../server/options.ts'
import type { CliIo } from './io.ts'

export { isJsonLog } from '../console/log-output.ts'

/** The log of `start`, on standard output: a line of JSON per fact, or the same for people. */
export async function createLogger(
  { logFormat, logLevel }: Pick<ServerOptions, 'logFormat' | 'logLevel'>,
  io: CliIo,
): Promise<Logger> {
  return pino({ level: logLevel, base: null }, await logOutput({ logFormat }, io))
}
