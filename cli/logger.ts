import { pino } from 'pino'
import type { Logger } from 'pino'
import type { LineSink } from '../console/line-sink.ts'
import { logOutput } from '../console/log-output.ts'
import type { ServerOptions } from '../server/options.ts'
import type { CliIo } from './io.ts'

export { isJsonLog } from '../console/log-output.ts'

/** The log of a server: what writes lines, and where lines of facts may go past it. */
export type ServerLog = { readonly logger: Logger; readonly eventLines: LineSink }

/** The log of `start`, on standard output: a line of JSON per fact, or the same for people. */
export async function createLog(
  { logFormat, logLevel }: Pick<ServerOptions, 'logFormat' | 'logLevel'>,
  io: CliIo,
): Promise<ServerLog> {
  const eventLines = await logOutput({ logFormat }, io)
  return { logger: pino({ level: logLevel, base: null }, eventLines), eventLines }
}
