import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** When the youngest file was changed, ms: of `paths`, and in those that are folders of the names that `isSource` fits. */
export async function newestMs(paths, isSource) {
  const times = await Promise.all(
    paths.map(async (path) => {
      const entries = await readdir(path, { recursive: true }).catch(() => null)
      if (entries === null) return modifiedMs(path)
      const sources = entries.filter((name) => isSource.test(name))
      return Math.max(...(await Promise.all(sources.map((name) => modifiedMs(join(path, name))))))
    }),
  )
  return Math.max(...times)
}

/** 0 for a file that is not there. */
export async function modifiedMs(path) {
  return (await stat(path).catch(() => ({ mtimeMs: 0 }))).mtimeMs
}
