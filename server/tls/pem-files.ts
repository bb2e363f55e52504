import { randomUUID } from 'node:crypto'
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import { makePrivateFolder } from '../../console/private-folder.ts'
import { CertificateError } from './certificate-error.ts'

/** For the owner alone. Windows has no such modes; there the folder below the user's profile protects the file. */
const PRIVATE_FILE = 0o600

/** The text of `file`, or null when there is none. Throws TLS_FILE_UNREADABLE. */
export async function readPem(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null
    throw new CertificateError(
      'TLS_FILE_UNREADABLE',
      `cannot read ${file} (${errorCode(error)}); give this user the right to read it`,
      { cause: error },
    )
  }
}

/** Writes `text` so that nobody ever reads half of it. Throws TLS_FILE_UNWRITABLE. */
export async function writePem(file: string, text: string): Promise<void> {
  await writing(file, async () => {
    await makePrivateFolder(dirname(file))
    await writeFileAtomic(file, text, { mode: PRIVATE_FILE })
  })
}

/** Writes `text` unless the file is there; false when somebody else was first. Throws TLS_FILE_UNWRITABLE. */
export async function createPem(file: string, text: string): Promise<boolean> {
  return writing(file, async () => {
    await makePrivateFolder(dirname(file))
    return createFile(file, text)
  })
}

async function createFile(file: string, text: string): Promise<boolean> {
  const draft = `${file}.${randomUUID()}`
  await writeFile(draft, text, { mode: PRIVATE_FILE, flag: 'wx' })
  try {
    await link(draft, file)
    return true
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    // Some file systems (exFAT, a few network shares) have no hard links.
    await rename(draft, file)
    return true
  } finally {
    await rm(draft, { force: true })
  }
}

/** Moves a file out of the way, keeping it; nothing happens when it is not there. */
export async function setAside(file: string, to: string): Promise<void> {
  try {
    await rename(file, to)
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
  }
}

async function writing<Result>(file: string, write: () => Promise<Result>): Promise<Result> {
  try {
    return await write()
  } catch (error) {
    // The fault's own text may name a temporary file that nobody asked for.
    const message = `cannot write ${file} (${errorCode(error)})`
    throw new CertificateError('TLS_FILE_UNWRITABLE', message, { cause: error })
  }
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
}
