import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { rootCertificates } from 'node:tls'
import { makePrivateFolder } from '../console/private-folder.ts'
import { bundle } from '../server/tls/trust.ts'
import { CliError, EXIT } from './failure.ts'

/** Files that programs of this machine are pointed at. */
export type TrustFiles = {
  /** The emulator's CA and whatever NODE_EXTRA_CA_CERTS already named: Node adds it to its own roots. */
  readonly caFile: string
  /** The same with the public roots, for programs whose variable replaces their roots. */
  readonly bundleFile: string
}

/**
 * Writes both files into `folder`, named after their content, so that two emulators on one machine
 * never share one. `extraFile` is the NODE_EXTRA_CA_CERTS of the environment they are meant for.
 */
export async function writeTrustFiles(
  folder: string,
  caPem: string,
  extraFile: string | undefined,
): Promise<TrustFiles> {
  const ours = await withExtra(caPem, extraFile)
  const name = createHash('sha256').update(ours).digest('hex').slice(0, 12)
  const caFile = path.join(folder, `ca-${name}.pem`)
  const bundleFile = path.join(folder, `bundle-${name}.pem`)
  try {
    await makePrivateFolder(folder)
    await writeFile(caFile, ours)
    await writeFile(bundleFile, bundle(rootCertificates, ours))
  } catch (cause) {
    throw new CliError(
      EXIT.failed,
      `cannot write to ${folder}: ${(cause as Error).message}`,
      '--data-dir DIR',
      { cause },
    )
  }
  return { caFile, bundleFile }
}

async function withExtra(caPem: string, extraFile: string | undefined): Promise<string> {
  if (!extraFile) return caPem
  const extra = await readFile(extraFile, 'utf8').catch(() => '')
  return extra.includes(caPem.trim()) ? extra : [caPem.trim(), extra.trim(), ''].join('\n')
}
