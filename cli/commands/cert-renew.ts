import { X509Certificate } from 'node:crypto'
import { openAuthority } from '../../server/tls/authority.ts'
import { EXIT } from '../failure.ts'
import type { CliIo } from '../io.ts'
import { localSettings } from '../local-settings.ts'

export type RenewFlags = {
  readonly host?: readonly string[] | undefined
  readonly config?: string | undefined
  readonly dataDir?: string | undefined
}

/**
 * `cert renew`: issues a new server certificate in the data folder, for the configured hosts and `--host`.
 * A CA that may not vouch for a new name is replaced, which is said on standard error.
 */
export async function renew(flags: RenewFlags, io: CliIo): Promise<number> {
  const { options, namespaces } = await localSettings(
    { config: flags.config, dataDir: flags.dataDir },
    io,
  )
  const hosts = [
    ...new Set([...namespaces.flatMap((namespace) => namespace.hosts), ...(flags.host ?? [])]),
  ]
  const authority = await openAuthority({ dataDir: options.dataDir, hosts, now: Date.now })
  const leaf = await authority.issue(hosts, { renew: true })
  const names = new X509Certificate(leaf.cert).subjectAltName ?? ''
  if (authority.replaced !== null)
    io.stderr.write(
      `The CA is a new one (${authority.replaced}). Trust it again: relay-emulator cert trust\n`,
    )
  io.stdout.write(`valid until ${leaf.notAfter.toISOString()}\n${names.replaceAll(', ', '\n')}\n`)
  io.stderr.write('A running emulator presents it after a restart.\n')
  return EXIT.fine
}
