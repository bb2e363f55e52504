import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs'
import path from 'node:path'

/** Words that are Node programs wherever they lie. */
const NODE_PROGRAMS: ReadonlySet<string> = new Set(['node', 'nodejs', 'npm', 'npx', 'yarn', 'pnpm'])
/** The first line of a script is no longer than this on Linux, bytes. */
const MAX_SHEBANG_BYTES = 256

/** True when a command runs in Node, so that a preload reaches it: by its name, or by the first line of its script. */
export function isNodeProgram(word: string, cwd: string, env: NodeJS.ProcessEnv): boolean {
  const name = path.basename(word).replace(/\.(?:exe|cmd|ps1)$/i, '')
  if (NODE_PROGRAMS.has(name.toLowerCase())) return true
  const file = findProgramFile(word, cwd, env)
  return file !== undefined && /^#!.*\bnode(?:js)?\b/.test(firstLine(file))
}

/** The file that a shell would run; undefined when there is none. */
export function findProgramFile(
  word: string,
  cwd: string,
  env: NodeJS.ProcessEnv,
): string | undefined {
  if (/[\\/]/.test(word)) {
    const file = path.resolve(cwd, word)
    return isProgram(file) ? file : undefined
  }
  return (env.PATH ?? env.Path ?? '')
    .split(path.delimiter)
    .filter(Boolean)
    .map((folder) => path.join(folder, word))
    .find(isProgram)
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}

function firstLine(file: string): string {
  let handle: number | undefined
  try {
    handle = openSync(file, 'r')
    const head = Buffer.alloc(MAX_SHEBANG_BYTES)
    const length = readSync(handle, head)
    return head.toString('latin1', 0, length).split('\n')[0] ?? ''
  } catch {
    // What cannot be read is for the system to complain of when it is run.
    return ''
  } finally {
    if (handle !== undefined) closeSync(handle)
  }
}
