import { realpathSync, statSync } from 'node:fs'
import module from 'node:module'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

/**
 * Runs the command line of this process, if `moduleUrl` is the file that Node was started with. What `run` imports
 * comes from the cache of compiled code where this Node has one.
 */
export async function runAsBin(
  moduleUrl: string,
  run: (argv: readonly string[]) => Promise<number>,
): Promise<void> {
  if (!isEntryPoint(moduleUrl)) return
  keepCompiledCode()
  endQuietlyOnBrokenPipe()
  process.exitCode = await run(process.argv.slice(2))
}

/** True when node was started with this file, also through the link that npm puts into node_modules/.bin. */
function isEntryPoint(moduleUrl: string): boolean {
  const started = process.argv[1]
  if (started === undefined) return false
  try {
    return realpathSync(started) === realpathSync(fileURLToPath(moduleUrl))
  } catch {
    return false
  }
}

/**
 * Node 22 keeps compiled code from one run to the next. Its default is a folder that all users of
 * a machine share, and who could write there before us would say what is run; so it is this user's own. A folder that
 * cannot be written costs nothing but the gain. NODE_COMPILE_CACHE, which Node reads itself, wins.
 */
function keepCompiledCode(): void {
  const { enableCompileCache } = module as Partial<{ enableCompileCache(folder: string): unknown }>
  if (enableCompileCache === undefined || process.env['NODE_COMPILE_CACHE']) return
  const folder = cacheFolder()
  if (folder !== null) enableCompileCache(join(folder, 'relay-emulator', 'node'))
}

/** Where this user's programs keep what can be made again; null where there is no such place. */
function cacheFolder(): string | null {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env
  if (process.platform === 'win32') return LOCALAPPDATA ?? null
  try {
    if (XDG_CACHE_HOME && isAbsolute(XDG_CACHE_HOME))
      return isOwn(XDG_CACHE_HOME) ? XDG_CACHE_HOME : null
    const home = homedir()
    const folder = process.platform === 'darwin' ? join('Library', 'Caches') : '.cache'
    return isOwn(home) ? join(home, folder) : null
  } catch {
    // A user id without an entry, as containers have them, or a home that may not be looked at.
    return null
  }
}

/** Not one that is to be made, and not that of another user, as `sudo` may leave it: its owner could write there. */
function isOwn(folder: string): boolean {
  return statSync(folder, { throwIfNoEntry: false })?.uid === process.getuid?.()
}

/** `hcm logs | head` is no error: who watches standard output stops in order, anything else just ends. */
function endQuietlyOnBrokenPipe(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    if (process.stdout.listenerCount('error') === 1) process.exit(0)
  })
}
