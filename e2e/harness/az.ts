import { execFile } from 'node:child_process'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import type { Test } from 'tap'
import type { TestRelay } from './relay.ts'

/** Until when a file with some forty calls of az has ended, ms: each starts Python, and the first ones read it all. */
export const AZ_TIMEOUT_MS = 1_800_000

export type AzOutcome = {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  /** What it wrote, as JSON; undefined when it is none. */
  readonly json: unknown
}

/** Runs the Azure CLI, always with the same configuration folder. */
export type Az = {
  (...args: readonly string[]): Promise<AzOutcome>
  /** The same, and fails the test unless az ends well. */
  good(...args: readonly string[]): Promise<unknown>
  readonly folder: string
}

/**
 * An Azure CLI with a folder of its own that trusts `caFile` and knows nothing else of this machine's settings; `from`
 * is one whose settings it begins with.
 */
export async function startAz(
  t: Test,
  caFile: string,
  env: Readonly<Record<string, string>> = {},
  from?: Az,
): Promise<Az> {
  const folder = await mkdtemp(join(tmpdir(), 'relay-emulator-az-'))
  t.teardown(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))
  if (from) await cp(from.folder, folder, { recursive: true })
  const variables = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    LANG: 'C.UTF-8',
    AZURE_CONFIG_DIR: folder,
    AZURE_CORE_COLLECT_TELEMETRY: 'no',
    REQUESTS_CA_BUNDLE: caFile,
    SSL_CERT_FILE: caFile,
    ...env,
  }
  const run = (...args: readonly string[]) =>
    new Promise<AzOutcome>((resolve) => {
      execFile('az', [...args], { env: variables }, (error, stdout, stderr) => {
        const code = error ? (typeof error.code === 'number' ? error.code : 1) : 0
        resolve({ code, stdout, stderr, json: parsed(stdout) })
      })
    })
  return Object.assign(run, {
    folder,
    async good(...args: readonly string[]) {
      const { code, stderr, json } = await run(...args)
      t.equal(code, 0, `az ${args.slice(0, 3).join(' ')}: ${stderr.slice(-500)}`)
      return json
    },
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Registers the emulator as a cloud, with the style of authority that needs no look at the public one. */
async function registerCloud(az: Az, { server }: TestRelay): Promise<void> {
  const url = server.ready.arm.url
  const endpoints = {
    resourceManager: `${url}/`,
    management: 'https://management.core.windows.net/',
    activeDirectory: `${url}/adfs`,
    activeDirectoryResourceId: 'https://management.core.windows.net/',
    activeDirectoryGraphResourceId: `${url}/`,
    microsoftGraphResourceId: `${url}/`,
  }
  const config = JSON.stringify({ endpoints, suffixes: { storageEndpoint: 'core.localhost' } })
  await az.good('cloud', 'register', '-n', 'Emulator', '--cloud-config', config)
  await az.good('cloud', 'set', '-n', 'Emulator')
}

/** An az that is signed in as the principal with this name. */
export async function signedIn(t: Test, relay: TestRelay, name?: string): Promise<Az> {
  const az = await startAz(t, relay.caFile)
  await registerCloud(az, relay)
  const { principals, tenantId } = relay.server.identity
  const principal = principals.find((one) => name === undefined || one.name === name)
  await az.good(
    ...['login', '--service-principal', '-u', principal?.clientId ?? ''],
    ...['-p', principal?.secret ?? '', '--tenant', tenantId],
  )
  return az
}
