import { createHash } from 'node:crypto'
import { access, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { makePrivateFolder } from '../../console/private-folder.ts'
import { adminClient } from '../admin-client.ts'
import { type AzureIdentity, readAzureIdentity } from '../azure-identity.ts'
import { type CaFlags, clientFolder } from '../certificate-authority.ts'
import { collectChild, endAs, runChild } from '../child.ts'
import { CliError, EXIT } from '../failure.ts'
import type { CliIo } from '../io.ts'
import { localSettings } from '../local-settings.ts'
import { writeTrustFiles } from '../trust-files.ts'

/**
 * `az`: the user's own Azure CLI against the running emulator, signed in as its first service principal. Its
 * configuration lies in a folder of its own, so that the real login stays untouched. Ends as az ends.
 */
export async function az(args: readonly string[], flags: CaFlags, io: CliIo): Promise<number> {
  const admin = adminClient(flags, io.env)
  const caPem = await admin.caPem()
  const identity = await readAzureIdentity(admin)
  const { dataDir } = (await localSettings({ dataDir: flags.dataDir }, io)).options
  const clients = clientFolder(dataDir)
  const trust =
    caPem === null ? null : await writeTrustFiles(clients, caPem, io.env.NODE_EXTRA_CA_CERTS)
  const folder = path.join(clients, `azure-cli-${nameOf(identity, caPem)}`)
  const env = {
    ...io.env,
    AZURE_CONFIG_DIR: folder,
    AZURE_CORE_COLLECT_TELEMETRY: 'no',
    ...(trust && { REQUESTS_CA_BUNDLE: trust.bundleFile, SSL_CERT_FILE: trust.bundleFile }),
  }
  await signIn(folder, identity, env)
  return endAs(await runChild(['az', ...args], env))
}

/** Another emulator, key or secret is another folder: az keeps what it learned for a day. */
function nameOf(identity: AzureIdentity, caPem: string | null): string {
  const text = JSON.stringify([identity, caPem])
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}

/** Registers the cloud and signs in, once per folder. */
async function signIn(
  folder: string,
  { armUrl, clientId, clientSecret, tenantId }: AzureIdentity,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const isDone = path.join(folder, 'relay-emulator-signed-in')
  if (await exists(isDone)) return
  await makePrivateFolder(folder)
  // Not on the command line: other users can read that.
  const secretFile = path.join(folder, 'secret')
  await writeFile(secretFile, clientSecret, { mode: 0o600 })
  const login = ['login', '--service-principal', '-u', clientId, '-p', `@${secretFile}`]
  try {
    // A folder that was left half done knows the cloud already.
    await quietly(
      ['cloud', 'register', '-n', CLOUD, '--cloud-config', cloudConfig(armUrl)],
      env,
      true,
    )
    await quietly(['cloud', 'set', '-n', CLOUD], env)
    await quietly([...login, '--tenant', tenantId], env)
  } finally {
    await rm(secretFile, { force: true })
  }
  await writeFile(isDone, '')
}

const CLOUD = 'RelayEmulator'

/** Source: management-plane 1.4. */
function cloudConfig(armUrl: string): string {
  return JSON.stringify({
    endpoints: {
      resourceManager: `${armUrl}/`,
      management: 'https://management.core.windows.net/',
      activeDirectory: `${armUrl}/adfs`,
      activeDirectoryResourceId: 'https://management.core.windows.net/',
      activeDirectoryGraphResourceId: `${armUrl}/`,
      microsoftGraphResourceId: `${armUrl}/`,
    },
    suffixes: { storageEndpoint: 'core.localhost' },
  })
}

async function quietly(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  mayFail = false,
): Promise<void> {
  const { code, output } = await collectChild(['az', ...args], env)
  if (code === 0 || mayFail) return
  throw new CliError(
    EXIT.failed,
    `az ${args[0] ?? ''} failed while signing in to the emulator:\n${output.trim()}`,
    'az version, to see whether the Azure CLI itself works',
  )
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}
