import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import { isObject } from '../protocol/json.ts'

/** How commands reach the daemon of a state folder. `url` is `http://127.0.0.1:PORT`. */
export type ControlAddress = { readonly url: string; readonly token: string }

const FILE = 'control.json'
/** There is no such file, or what should be its folder is a file. */
const MISSING_CODES: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR'])

/** Tells the commands where the daemon answers. Only its owner can read the file, and so drive the daemon. */
export async function writeControlFile(folder: string, address: ControlAddress): Promise<void> {
  await writeFileAtomic(join(folder, FILE), `${JSON.stringify(address)}\n`, { mode: 0o600 })
}

export async function removeControlFile(folder: string): Promise<void> {
  await rm(join(folder, FILE), { force: true })
}

/** Undefined when there is none or it is damaged. Throws errors of the file system, such as EACCES. */
export async function readControlFile(folder: string): Promise<ControlAddress | undefined> {
  let document: unknown
  try {
    document = JSON.parse(await readFile(join(folder, FILE), 'utf8'))
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (error instanceof SyntaxError || MISSING_CODES.has(code)) return undefined
    throw error
  }
  const { url, token } = isObject(document) ? document : {}
  return typeof url === 'string' && typeof token === 'string' ? { url, token } : undefined
}
