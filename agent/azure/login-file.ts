import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import { isObject, parseJson } from '../../protocol/json.ts'
import type { AzureSession } from './session.ts'

/** What `hcm login` keeps: a token that ends by itself, usually within the hour; nothing that could renew it. */
export type KeptLogin = AzureSession & { readonly expiresAtMs: number }

const FILE = 'azure-login.json'

/** Mode 0600. */
export async function keepLogin(stateDir: string, login: KeptLogin): Promise<void> {
  await mkdir(stateDir, { recursive: true, mode: 0o700 })
  await writeFileAtomic(join(stateDir, FILE), `${JSON.stringify(login)}\n`, { mode: 0o600 })
}

/** The login of the state folder, undefined without one. One that has ended is deleted. */
export async function readLogin(
  stateDir: string,
  nowMs: number,
): Promise<AzureSession | undefined> {
  const text = await readFile(join(stateDir, FILE), 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) return undefined
  const login = loginOf(text)
  if (login && login.expiresAtMs > nowMs) return login
  await forgetLogin(stateDir)
  return undefined
}

async function forgetLogin(stateDir: string): Promise<void> {
  await rm(join(stateDir, FILE), { force: true })
}

function loginOf(text: string): KeptLogin | undefined {
  try {
    const login = parseJson(text)
    if (!isObject(login)) return undefined
    const { armUrl, accessToken, expiresAtMs } = login
    if (typeof armUrl !== 'string' || typeof accessToken !== 'string') return undefined
    return typeof expiresAtMs === 'number' ? { armUrl, accessToken, expiresAtMs } : undefined
  } catch {
    return undefined
  }
}
