import { posix, win32 } from 'node:path'
import type { Environment } from './interpolate.ts'

/** What decides where a person's data lies. */
type Surroundings = {
  readonly env: Environment
  readonly platform: NodeJS.Platform
  readonly homeDir: string
}

const FOLDER = 'relay-emulator'

/**
 * The per-user data folder: `$XDG_DATA_HOME` or `~/.local/share`, `%LOCALAPPDATA%` on Windows,
 * `~/Library/Application Support` on macOS. A relative `XDG_DATA_HOME` is ignored, as the XDG specification asks.
 */
export function defaultDataDir({ env, platform, homeDir }: Surroundings): string {
  if (platform === 'win32') {
    return win32.join(env['LOCALAPPDATA'] || win32.join(homeDir, 'AppData', 'Local'), FOLDER)
  }
  if (platform === 'darwin') {
    return posix.join(homeDir, 'Library', 'Application Support', FOLDER)
  }
  const xdg = env['XDG_DATA_HOME']
  const base = xdg && posix.isAbsolute(xdg) ? xdg : posix.join(homeDir, '.local', 'share')
  return posix.join(base, FOLDER)
}
