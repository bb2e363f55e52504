import { existsSync } from 'node:fs'

/**
 * A file or folder of this package by its path there, e.g. `dist/ui/hcm/`: the same for the sources, for what they are
 * compiled to, and for the programs that are bundled of them.
 */
export function packageFile(path: string): URL {
  let folder = new URL('./', import.meta.url)
  while (!existsSync(new URL('package.json', folder))) {
    const parent = new URL('../', folder)
    if (parent.href === folder.href) throw new Error(`${import.meta.url} is in no package`)
    folder = parent
  }
  return new URL(path, folder)
}

/** Names of the programs of this package, and of what they load into others; `npm run build` bundles them. */
export type ProgramName =
  'relay-emulator' | 'hcm' | 'end-with-parent' | 'exec-preload' | 'app-preload'

/** The file that Node.js runs. */
export function programUrl(name: ProgramName): URL {
  return packageFile(`dist/programs/${name}.js`)
}
