import { formatConnection, formatConnections, type OutputFormat } from '../connection-output.ts'
import type { ConnectionRow } from '../contract.ts'
import { connectionPath } from '../control-client.ts'
import { EXIT } from '../../console/command-failure.ts'
import type { ProgramIo } from '../../console/program-io.ts'
import { daemonOf, type NameFlags, readNames, type StateFlags } from './settings.ts'

export type ListFlags = StateFlags & { readonly output: OutputFormat }
export type OneFlags = ListFlags & NameFlags

/** `hcm list`. */
export async function list(flags: ListFlags, io: ProgramIo): Promise<number> {
  const daemon = await daemonOf(flags, io)
  const { items } = await daemon.get<{ items: readonly ConnectionRow[] }>('/connections')
  io.stdout.write(formatConnections(items, flags.output))
  if (items.length === 0)
    io.stderr.write(
      'hcm: no hybrid connection has been added\n  try: hcm add "CONNECTION-STRING"\n',
    )
  return EXIT.fine
}

/** `hcm show`. */
export async function show(
  argument: string | undefined,
  flags: OneFlags,
  io: ProgramIo,
): Promise<number> {
  const path = connectionPath(readNames(argument, flags))
  const daemon = await daemonOf(flags, io)
  io.stdout.write(formatConnection(await daemon.get<ConnectionRow>(path), flags.output))
  return EXIT.fine
}

/** `hcm remove`. */
export async function remove(
  argument: string | undefined,
  flags: StateFlags & NameFlags,
  io: ProgramIo,
): Promise<number> {
  const names = readNames(argument, flags)
  const daemon = await daemonOf(flags, io)
  await daemon.delete(connectionPath(names))
  io.stderr.write(`hcm: ${names.namespace}/${names.name} was removed\n`)
  return EXIT.fine
}

/** `hcm restart`: connects anew, with the endpoint that the relay names now. */
export async function restart(
  argument: string | undefined,
  flags: OneFlags,
  io: ProgramIo,
): Promise<number> {
  const path = connectionPath(readNames(argument, flags))
  const daemon = await daemonOf(flags, io)
  const row = await daemon.post<ConnectionRow>(`${path}/restart`)
  io.stdout.write(formatConnection(row, flags.output))
  return EXIT.fine
}
