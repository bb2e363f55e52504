import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { programUrl } from '../../console/package-file.ts'
import { gatewayNames } from '../../protocol/gateway-names.ts'
import { readyNamespaces } from '../../server/namespace/connection-strings.ts'
import { namespaceHosts } from '../../server/namespace/host-names.ts'
import { adminClient } from '../admin-client.ts'
import type { AdminFlags } from '../admin-client.ts'
import { endAs, runChild } from '../child.ts'
import type { Ending } from '../child.ts'
import { clientEnvironment } from '../client-environment.ts'
import type { CliIo } from '../io.ts'
import { formatRedirect, REDIRECT_VARIABLE } from '../redirect.ts'
import { readRunningEmulator } from '../running-emulator.ts'
import type { RunningEmulator } from '../running-emulator.ts'
import { writeTrustFiles } from '../trust-files.ts'

/** The only domain whose names are led to the emulator; anything else on port 443 is somebody else's. */
const AZURE_DOMAIN = '.servicebus.windows.net'

/**
 * `exec`: runs a program that uses the running emulator, and ends as the program ends. Node programs, their
 * children and their worker threads reach the configured production names at the emulator's port.
 */
export async function exec(
  command: readonly string[],
  flags: AdminFlags,
  io: CliIo,
): Promise<number> {
  const admin = adminClient(flags, io.env)
  const caPem = await admin.caPem()
  const emulator = await readRunningEmulator(admin)
  return endAs(
    await withFolder(caPem !== null, async (folder) => {
      const trust =
        folder === null || caPem === null
          ? null
          : await writeTrustFiles(folder, caPem, io.env.NODE_EXTRA_CA_CERTS)
      const variables = clientEnvironment({
        adminUrl: admin.url.origin,
        trust,
        namespaces: readyNamespaces(emulator.namespaces, emulator.relay.port),
      })
      return runChild(command, {
        ...io.env,
        ...variables,
        ...preloadVariables(emulator, io.env.NODE_OPTIONS),
      })
    }),
  )
}

/** The variables that put the preload into every Node process below. `nodeOptions` is what is set already. */
function preloadVariables(
  emulator: RunningEmulator,
  nodeOptions: string | undefined,
): Record<string, string> {
  const names = emulator.namespaces
    .flatMap(namespaceHosts)
    .filter((host) => host.endsWith(AZURE_DOMAIN))
  const { gatewayStamp } = emulator
  if (gatewayStamp !== null) {
    names.push(...gatewayNames(gatewayStamp).map((name) => name.toLowerCase()))
  }
  // A URL, so that the path may hold spaces and, on Windows, a drive.
  const preload = `--import=${programUrl('exec-preload').href}`
  const isThere = nodeOptions?.includes(preload) ?? false
  return {
    NODE_OPTIONS: isThere ? (nodeOptions ?? '') : [nodeOptions, preload].filter(Boolean).join(' '),
    [REDIRECT_VARIABLE]: formatRedirect({ names: [...new Set(names)], ...emulator.relay }),
  }
}

/** Lends a folder that is gone when the program has ended. */
async function withFolder(
  isNeeded: boolean,
  run: (folder: string | null) => Promise<Ending>,
): Promise<Ending> {
  if (!isNeeded) return run(null)
  const folder = await mkdtemp(path.join(tmpdir(), 'relay-emulator-exec-'))
  try {
    return await run(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
