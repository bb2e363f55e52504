import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import process from 'node:process'
import { rootCertificates } from 'node:tls'
import { bundle, formatRecipes, trustRecipes } from '../../server/tls/trust.ts'
import { caFileOf, commonName, findCa } from '../certificate-authority.ts'
import type { CaFlags } from '../certificate-authority.ts'
import { CliError, EXIT } from '../failure.ts'
import type { CliIo } from '../io.ts'

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
  const recipes = trustRecipes({ caFile, caName: commonName(ca.pem), platform: process.platform })
  io.stdout.write(formatRecipes(recipes, how))
  return EXIT.fine
}

function withNewline(pem: string): string {
  return `${pem.trimEnd()}\n`
}
