import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { adminClient } from './admin-client.ts'
import type { AdminFlags } from './admin-client.ts'
import { CliError, EXIT } from './failure.ts'
import type { CliIo } from './io.ts'
import { localSettings } from './local-settings.ts'
import { writeTrustFiles } from './trust-files.ts'

export type CaFlags = AdminFlags & { readonly dataDir?: string | undefined }

/** The CA to trust. `file` holds it on this machine, null when only the running emulator has it. */
export type KnownCa = {
  readonly pem: string
  readonly file: string | null
  readonly dataDir: string
}

/**
 * The CA of the running emulator, or with none running (or an explicit `--data-dir` alone) the one in the data
 * folder. Throws 3 when there is neither, 1 when the emulator serves somebody's own certificate.
 */
export async function findCa(flags: CaFlags, io: CliIo): Promise<KnownCa> {
  const { dataDir } = (await localSettings({ dataDir: flags.dataDir }, io)).options
  const file = path.join(dataDir, 'ca.pem')
  const stored = await readFile(file, 'utf8').catch(() => undefined)
  const isDataDirMeant = flags.dataDir !== undefined && flags.admin === undefined
  if (stored !== undefined && isDataDirMeant) return { pem: stored, file, dataDir }
  try {
    const pem = await adminClient(flags, io.env).caPem()
    if (pem !== null) return { pem, file: isSame(pem, stored) ? file : null, dataDir }
  } catch (error) {
    if (
      !(error instanceof CliError) ||
      error.exitCode !== EXIT.unreachable ||
      flags.admin !== undefined
    )
      throw error
    if (stored !== undefined) return { pem: stored, file, dataDir }
    throw new CliError(
      EXIT.unreachable,
      `no emulator is running, and none has made a CA in ${dataDir} yet`,
      'relay-emulator start',
      { cause: error },
    )
  }
  throw new CliError(
    EXIT.failed,
    'the emulator serves a certificate of your own (--tls-cert), so it has no CA',
    'trust the CA that issued that certificate',
  )
}

/** A file with the CA that stays: the one in the data folder, else a copy below it. */
export async function caFileOf(ca: KnownCa): Promise<string> {
  return ca.file ?? (await writeTrustFiles(clientFolder(ca.dataDir), ca.pem, undefined)).caFile
}

/** Where files for client programs are kept. */
export function clientFolder(dataDir: string): string {
  return path.join(dataDir, 'clients')
}

/** The CA's common name, its label in certificate stores. */
export function commonName(pem: string): string {
  return /^CN=(.*)$/m.exec(new X509Certificate(pem).subject)?.[1] ?? 'relay-emulator'
}

function isSame(pem: string, stored: string | undefined): boolean {
  return stored !== undefined && stored.trim() === pem.trim()
}
