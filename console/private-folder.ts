import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/** For the owner alone. Windows has no such modes; there the folder below the user's profile protects it. */
const MODE = 0o700

/**
 * Makes a folder, and those above it that are missing. Rejects with the error of the file system.
 *
 * Node's own `recursive` never comes back from a place that lets nothing be made in it and says ENOENT, as `/proc` does.
 */
export async function makePrivateFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: MODE })
  } catch (error) {
    if (await isFolder(folder)) return
    const above = dirname(folder)
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT' && above !== folder
    if (!isMissing || (await isFolder(above))) throw error
    await makePrivateFolder(above)
    await makePrivateFolder(folder)
  }
}

async function isFolder(folder: string): Promise<boolean> {
  const found = await stat(folder).catch(() => undefined)
  return found?.isDirectory() ?? false
}
