import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { text as readAll } from 'node:stream/consumers'
import { parseConnectionString } from '../../protocol/connection-string.ts'
import { formatConnection, type OutputFormat } from '../connection-output.ts'
import type { ConnectionRow } from '../contract.ts'
import { EXIT, HcmError } from '../failure.ts'
import type { HcmIo } from '../io.ts'
import { daemonOf, type NameFlags, type StateFlags } from './settings.ts'

export type AddFlags = StateFlags &
  NameFlags & {
    readonly subscription?: string | undefined
    readonly resourceGroup?: string | undefined
    readonly connectFile?: string | undefined
    readonly output: OutputFormat
  }

/** `hcm add`: by a connection string, the only way that needs no management plane. */
export async function add(
  argument: string | undefined,
  flags: AddFlags,
  io: HcmIo,
): Promise<number> {
  const connectionString = await readConnectionString(argument, flags, io)
  // Its faults are told here, before anybody is asked; the message holds no key.
  const { entityPath } = parseConnectionString(connectionString)
  if (!entityPath) {
    throw new HcmError(
      EXIT.usage,
      'the connection string names no hybrid connection: EntityPath is missing',
      'the gateway connection string of the hybrid connection, not that of its namespace',
    )
  }
  const daemon = await daemonOf(flags, io)
  const row = await daemon.post<ConnectionRow>('/connections', { connectionString })
  io.stdout.write(formatConnection(row, flags.output))
  if (row.status !== 'Connected') {
    io.stderr.write(
      `hcm: added, but ${row.status}: ${row.lastError ?? 'the relay has not answered yet'}\n`,
    )
  }
  return EXIT.fine
}

async function readConnectionString(
  argument: string | undefined,
  flags: AddFlags,
  io: HcmIo,
): Promise<string> {
  const { connectFile, subscription, resourceGroup, namespace, name } = flags
  const names = [subscription, resourceGroup, namespace, name]
  const ways = [argument, connectFile, names.find((given) => given !== undefined)]
  if (ways.filter((way) => way !== undefined).length > 1) {
    throw new HcmError(
      EXIT.usage,
      'a connection string, --connect-file and the four options exclude one another',
      'one of them',
    )
  }
  if (argument === '-' || connectFile === '-') return (await readAll(io.stdin)).trim()
  if (argument !== undefined) return argument.trim()
  if (connectFile !== undefined) return readText(connectFile, io)
  const isPartly = names.some((given) => given !== undefined) && names.includes(undefined)
  if (isPartly) {
    throw new HcmError(
      EXIT.usage,
      '--subscription, --resource-group, --namespace and --name go together',
      'hcm add --help',
    )
  }
  const way = subscription === undefined ? 'choosing from a list' : 'adding by these four options'
  throw needsManagementPlane(way)
}

/** Subscriptions and what is in them are told by the management plane, which this version has not. */
export function needsManagementPlane(what: string): HcmError {
  return new HcmError(
    EXIT.failed,
    `${what} needs the management plane (Azure Resource Manager), which this version cannot ask`,
    'hcm add "CONNECTION-STRING", with the gateway connection string of the hybrid connection',
  )
}

async function readText(file: string, io: HcmIo): Promise<string> {
  try {
    return (await readFile(path.resolve(io.cwd, file), 'utf8')).trim()
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw new HcmError(EXIT.usage, `${file} cannot be read (${code})`, undefined, { cause })
  }
}
