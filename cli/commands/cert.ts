import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import process from 'node:process'
import { rootCertificates } from 'node:tls'
import { bundle, formatRecipes, trustRecipes } from '../../server/tls/trust.ts'
import { adminClient, isRunning } from '../admin-client.ts'
import { caFileOf, commonName, findCa } from '../certificate-authority.ts'
import type { CaFlags } from '../certificate-authority.ts'
import { CliError, EXIT } from '../failure.ts'
import type { CliIo } from '../io.ts'
import { localSettings } from '../local-settings.ts'

const HTTPS_PORT = 443

/** `cert ca`: prints the CA certificate, PEM. */
export async function printCa(flags: CaFlags, io: CliIo): Promise<number> {
  const { pem } = await findCa(flags, io)
  io.stdout.write(withNewline(pem))
  return EXIT.fine
}

/** `cert bundle`: prints the public roots that Node carries and the CA, or writes them to `--out`. */
export async function printBundle(
  flags: CaFlags & { readonly out?: string | undefined },
  io: CliIo,
): Promise<number> {
  const { pem } = await findCa(flags, io)
  const text = withNewline(bundle(rootCertificates, pem))
  if (flags.out === undefined) {
    io.stdout.write(text)
    return EXIT.fine
  }
  try {
    await writeFile(path.resolve(io.cwd, flags.out), text)
  } catch (cause) {
    throw new CliError(
      EXIT.failed,
      `cannot write ${flags.out}: ${(cause as Error).message}`,
      undefined,
      { cause },
    )
  }
  return EXIT.fine
}

/** `cert trust` and `cert untrust`: prints commands for a person to choose from; runs none of them. */
export async function printTrust(
  how: 'trust' | 'untrust',
  flags: CaFlags,
  io: CliIo,
): Promise<number> {
  const ca = await findCa(flags, io)
  const caFile = await caFileOf(ca)
  const recipes = trustRecipes({
    caFile,
    caName: commonName(ca.pem),
    port: await relayPort(flags, io),
    platform: process.platform,
  })
  io.stdout.write(formatRecipes(recipes, how))
  return EXIT.fine
}

/** The TLS port of the emulator that {@link findCa} asked, or that one with this data folder would take. */
async function relayPort(flags: CaFlags, io: CliIo): Promise<number> {
  const { port } = (await localSettings({ dataDir: flags.dataDir }, io)).options
  const admin = adminClient(flags, io.env)
  const isDataDirMeant = flags.dataDir !== undefined && flags.admin === undefined
  if (isDataDirMeant || !(await isRunning(admin))) return port
  const { urls } = await admin.get<{ urls: { relay: string } }>('/overview')
  return Number(new URL(urls.relay).port || HTTPS_PORT)
}

function withNewline(pem: string): string {
  return `${pem.trimEnd()}\n`
}
