import process from 'node:process'
import { readyNamespaces } from '../../server/namespace/connection-strings.ts'
import { adminClient } from '../admin-client.ts'
import { azureEnvironment, readAzureIdentity } from '../azure-identity.ts'
import { clientFolder } from '../certificate-authority.ts'
import type { CaFlags } from '../certificate-authority.ts'
import { clientEnvironment } from '../client-environment.ts'
import { EXIT } from '../failure.ts'
import type { CliIo } from '../io.ts'
import { localSettings } from '../local-settings.ts'
import { readRunningEmulator } from '../running-emulator.ts'
import { detectShell, formatExports } from '../shell.ts'
import type { Shell } from '../shell.ts'
import { writeTrustFiles } from '../trust-files.ts'

export type EnvFlags = CaFlags & {
  readonly shell?: Shell | undefined
  readonly azure?: boolean | undefined
}

/** `env`: prints assignments for a shell to evaluate; the files they name are kept in the data folder. */
export async function printEnvironment(flags: EnvFlags, io: CliIo): Promise<number> {
  const admin = adminClient(flags, io.env)
  const caPem = await admin.caPem()
  const { namespaces, relay } = await readRunningEmulator(admin)
  const { dataDir } = (await localSettings({ dataDir: flags.dataDir }, io)).options
  const trust =
    caPem === null
      ? null
      : await writeTrustFiles(clientFolder(dataDir), caPem, io.env.NODE_EXTRA_CA_CERTS)
  const azure = flags.azure
    ? azureEnvironment(await readAzureIdentity(admin), admin.url.origin)
    : {}
  const variables = clientEnvironment({
    adminUrl: admin.url.origin,
    trust,
    namespaces: readyNamespaces(namespaces, relay.port),
  })
  io.stdout.write(
    formatExports({ ...variables, ...azure }, flags.shell ?? detectShell(io.env, process.platform)),
  )
  return EXIT.fine
}
