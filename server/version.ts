import { readFileSync } from 'node:fs'

/** Version of this package; the manifest lies one folder above the sources and two above the build. */
export function packageVersion(): string {
  for (const place of ['../package.json', '../../package.json']) {
    try {
      const manifest = JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8')) as {
        version?: string
      }
      if (manifest.version !== undefined) return manifest.version
    } catch {
      continue
    }
  }
  return 'unknown'
}
