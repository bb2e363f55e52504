import { readFileSync } from 'node:fs'

/** Version of this package; the manifest lies one folder above the sources and two above the build. */
export function clientVersion(): string {
  for (const place of ['../package.json', '../../package.json']) {
    try {
      const text = readFileSync(new URL(place, import.meta.url), 'utf8')
      const { version } = JSON.parse(text) as { version?: string }
      if (version !== undefined) return version
    } catch {
      continue
    }
  }
  return 'unknown'
}
