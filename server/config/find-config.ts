import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'

const FILE_NAMES = ['relay-emulator.yaml', 'relay-emulator.yml', 'relay-emulator.json']

/** The file named by the caller, else the first of {@link FILE_NAMES} in `cwd` (null: look nowhere); null when there is none. */
export async function findConfig(input: {
  readonly configFile: string | null | undefined
  readonly cwd: string | null
}): Promise<string | null> {
  const { configFile, cwd } = input
  if (configFile) return resolve(cwd ?? '.', configFile)
  if (cwd === null) return null
  for (const name of FILE_NAMES) {
    const file = join(cwd, name)
    const found = await stat(file).catch(() => undefined)
    if (found?.isFile()) return file
  }
  return null
}
