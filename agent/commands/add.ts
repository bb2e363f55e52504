import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { text as readAll } from 'node:stream/consumers'
import { parseConnectionString } from '../../protocol/connection-string.ts'
import { formatConnection, type OutputFormat } from '../connection-output.ts'
import type { ConnectionRow } from '../contract.ts'
import { forgetLogin } from '../azure/login-file.ts'
import { EXIT, CommandError } from '../../console/command-failure.ts'
import type { ProgramIo } from '../../console/program-io.ts'
import {
  type CaFlags,
  daemonOf,
  type NameFlags,
  readCa,
  stateDirOf,
  type StateFlags,
} from './settings.ts'

export type AddFlags = StateFlags &
  CaFlags &
  NameFlags & {
    readonly subscription?: string | undefined
    readonly resourceGroup?: string | undefined
    readonly connectFile?: string | undefined
    readonly output: OutputFormat
  }

/** `hcm add`: by a connection string, or by what the management plane tells: named by four options, or chosen. */
export async function add(
  argument: string | undefined,
  flags: AddFlags,
  io: ProgramIo,
): Promise<number> {
  const connectionString = await readConnectionString(argument, flags, io)
  // Its faults are told here, before anybody is asked; the message holds no key.
  const { entityPath } = parseConnectionString(connectionString)
  if (!entityPath) {
    throw new CommandError(
      EXIT.usage,
      'the connection string names no hybrid connection: EntityPath is missing',
      'the gateway connection string of the hybrid connection, not that of its namespace',
    )
  }
  const daemon = await daemonOf(flags, io)
  const row = await daemon.post<ConnectionRow>('/connections', { connectionString })
  // The login has served: no Azure credential stays.
  if (argument === undefined && flags.connectFile === undefined)
    await forgetLogin(stateDirOf(flags, io))
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
  io: ProgramIo,
): Promise<string> {
  const { connectFile, subscription, resourceGroup, namespace, name } = flags
  const names = [subscription, resourceGroup, namespace, name]
  const ways = [argument, connectFile, names.find((given) => given !== undefined)]
  if (ways.filter((way) => way !== undefined).length > 1) {
    throw new CommandError(
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
    throw new CommandError(
      EXIT.usage,
      '--subscription, --resource-group, --namespace and --name go together',
      'hcm add --help',
    )
  }
  return askManagementPlane(flags, io)
}

/** Nothing of what the management plane is asked with stays behind. */
async function askManagementPlane(flags: AddFlags, io: ProgramIo): Promise<string> {
  const [{ findSession }, { armClient }, { httpsJson }, { gatewayConnectionString }] =
    await Promise.all([
      import('../azure/find-session.ts'),
      import('../azure/arm-client.ts'),
      import('../azure/https-json.ts'),
      import('../azure/gateway-string.ts'),
    ])
  const session = await findSession(stateDirOf(flags, io), io.env, Date.now())
  const arm = armClient(session, httpsJson(await readCa(flags, io)))
  const { subscription, resourceGroup = '', namespace = '', name = '' } = flags
  if (subscription === undefined) {
    const { chooseConnection } = await import('../azure/choose.ts')
    return gatewayConnectionString(arm, await chooseConnection(arm, io))
  }
  const { findSubscription } = await import('../azure/places.ts')
  const { id: subscriptionId } = await findSubscription(arm, subscription)
  return gatewayConnectionString(arm, { subscriptionId, resourceGroup, namespace, name })
}

async function readText(file: string, io: ProgramIo): Promise<string> {
  try {
    return (await readFile(path.resolve(io.cwd, file), 'utf8')).trim()
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw new CommandError(EXIT.usage, `${file} cannot be read (${code})`, undefined, { cause })
  }
}
