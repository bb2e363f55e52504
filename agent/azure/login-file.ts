import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import { makePrivateFolder } from '../../console/private-folder.ts'
import { isObject, parseJson } from '../../protocol/json.ts'
import type { AzureSession } from './session.ts'

/**
 * What `hcm login` keeps until a connection has been added by it: a token that ends by itself, usually within the hour;
 * nothing that could renew it.
 */
export type KeptLogin = AzureSession & { readonly expiresAtMs: number }

const FILE = 'azure-login.json'

/** Mode 0600. */
export async function keepLogin(stateDir: string, login: KeptLogin): Promise<void> {
  await makePrivateFolder(stateDir)
  await write(stateDir, login)
}

/** The login of the state folder, undefined without one. One that has ended is forgotten. */
export async function readLogin(
  stateDir: string,
  nowMs: number,
): Promise<AzureSession | undefined> {
  const { armUrl, accessToken, expiresAtMs } = await read(stateDir)
  if (armUrl === undefined || accessToken === undefined) return undefined
  if (expiresAtMs !== undefined && expiresAtMs > nowMs) return { armUrl, accessToken }
  await forgetLogin(stateDir)
  return undefined
}

/** Where the last login was: its management plane. Undefined when there was none. */
export async function lastArmUrl(stateDir: string): Promise<string | undefined> {
  return (await read(stateDir)).armUrl
}

/** Deletes the token; where it came from stays known. */
export async function forgetLogin(stateDir: string): Promise<void> {
  const { armUrl, accessToken } = await read(stateDir)
  if (accessToken !== undefined) await write(stateDir, { armUrl })
}

async function read(stateDir: string): Promise<Partial<KeptLogin>> {
  const text = await readFile(join(stateDir, FILE), 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '{}'
    throw error
  })
  try {
    const login = parseJson(text)
    if (!isObject(login)) return {}
    const { armUrl, accessToken, expiresAtMs } = login
    return {
      ...(typeof armUrl === 'string' && { armUrl }),
      ...(typeof accessToken === 'string' && { accessToken }),
      ...(typeof expiresAtMs === 'number' && { expiresAtMs }),
    }
  } catch {
    return {}
  }
}

async function write(
  stateDir: string,
  content: { readonly armUrl: string | undefined },
): Promise<void> {
  await writeFileAtomic(join(stateDir, FILE), `${JSON.stringify(content)}\n`, { mode: 0o600 })
}
