import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { text as readAll } from 'node:stream/consumers'
import { parseConnectionString } from '../protocol/connection-string.ts'
import type { ConnectionString } from '../protocol/connection-string.ts'
import { CliError, EXIT } from './failure.ts'
import type { CliIo } from './io.ts'

export type ConnectFlags = {
  readonly connect?: string | undefined
  readonly connectFile?: string | undefined
}

/**
 * The connection string of `--connect` or `--connect-file` (`-` is standard input), or undefined when neither
 * is given. Throws ConnectionStringError, or 2 for both flags at once or a file that cannot be read.
 */
export async function readConnect(
  flags: ConnectFlags,
  io: CliIo,
): Promise<ConnectionString | undefined> {
  if (flags.connect !== undefined && flags.connectFile !== undefined)
    throw new CliError(EXIT.usage, '--connect and --connect-file are both given', 'one of the two')
  if (flags.connectFile !== undefined)
    return parseConnectionString(await readText(flags.connectFile, io))
  return flags.connect === undefined ? undefined : parseConnectionString(flags.connect)
}

/** The trimmed text of a file below the working directory, `-` being standard input. Throws 2. */
export async function readText(file: string, io: CliIo): Promise<string> {
  if (file === '-') return (await readAll(io.stdin)).trim()
  try {
    return (await readFile(path.resolve(io.cwd, file), 'utf8')).trim()
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unreadable'
    throw new CliError(EXIT.usage, `cannot read ${file}: ${code}`, undefined, { cause })
  }
}
