import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { type ControlClient, controlClient } from '../control-client.ts'
import { EXIT, CommandError } from '../../console/command-failure.ts'
import type { ProgramIo } from '../../console/program-io.ts'
import { defaultStateDir } from '../options.ts'

export type StateFlags = { readonly stateDir?: string | undefined }

/** The state folder of a command line: flag, `HCM_STATE_DIR`, per-user folder. */
export function stateDirOf(flags: StateFlags, io: ProgramIo): string {
  const given = flags.stateDir || io.env['HCM_STATE_DIR']
  if (given) return path.resolve(io.cwd, given)
  return defaultStateDir({ env: io.env, platform: process.platform, homeDir: homedir() })
}

export type CaFlags = { readonly ca?: string | undefined }

/** The certificates of `--ca` or `RELAY_EMULATOR_CA`, PEM. Throws 2. */
export async function readCa({ ca }: CaFlags, io: ProgramIo): Promise<string | undefined> {
  const file = ca || io.env['RELAY_EMULATOR_CA']
  if (!file) return undefined
  try {
    return await readFile(path.resolve(io.cwd, file), 'utf8')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw new CommandError(EXIT.usage, `the CA ${file} cannot be read (${code})`, undefined, {
      cause,
    })
  }
}

/** The daemon that a command talks to. Throws 3 when none runs, 4 when it is somebody else's. */
export function daemonOf(flags: StateFlags, io: ProgramIo): Promise<ControlClient> {
  return controlClient(stateDirOf(flags, io))
}

export type NameFlags = {
  readonly namespace?: string | undefined
  readonly name?: string | undefined
}

/** Which hybrid connection is meant: `-ns` and `-n`, or `NS/NAME`, whose NAME may hold slashes. Throws 2. */
export function readNames(
  argument: string | undefined,
  flags: NameFlags,
): { readonly namespace: string; readonly name: string } {
  const { namespace, name } = flags
  if (argument === undefined) {
    if (namespace && name) return { namespace, name }
  } else if (namespace === undefined && name === undefined) {
    const end = argument.indexOf('/')
    if (end > 0 && end < argument.length - 1) {
      return { namespace: argument.slice(0, end), name: argument.slice(end + 1) }
    }
  }
  throw new CommandError(
    EXIT.usage,
    'name one hybrid connection: -ns NAMESPACE -n NAME, or NAMESPACE/NAME',
    'hcm list -o table',
  )
}
