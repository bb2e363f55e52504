import { realpathSync } from 'node:fs'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { programUrl } from '../../console/package-file.ts'
import { findProgramFile } from '../app-program-file.ts'
import type { CliIo } from '../io.ts'

/** How a person calls the programs of this package from another shell. */
export type CommandWords = {
  /** The folder where the lines have to be pasted; null when it may be any. */
  readonly folder: string | null
  readonly node: string
  readonly 'relay-emulator': string
  readonly hcm: string
}

/** Finds what works here: npm's scripts in a clone, else the names where they are on the PATH, else the files. */
export function commandWords({ env, cwd }: CliIo): CommandWords {
  const onPath = (word: string, file: string) => isOnPath(word, file, { env, cwd })
  const node = onPath('node', process.execPath) ? 'node' : shellWord(process.execPath)
  if (isScriptOfClone(env)) {
    const script = (name: string) => `npm run --silent ${name} --`
    return { folder: cwd, node, 'relay-emulator': script('emulator'), hcm: script('hcm') }
  }
  const word = (program: 'relay-emulator' | 'hcm') => {
    const file = fileURLToPath(programUrl(program))
    // npm puts programs on the PATH of what it runs; another shell does not have them there.
    const isThere = !env.npm_lifecycle_event && onPath(program, file)
    return isThere ? program : `${node} ${shellWord(file)}`
  }
  return { folder: null, node, 'relay-emulator': word('relay-emulator'), hcm: word('hcm') }
}

/** A command line for a shell: `first` as it is, then words that mean themselves. */
export function commandLine(first: string, words: readonly string[]): string {
  return [first, ...words.map(shellWord)].join(' ')
}

/** One word of a command line, in quotes where a shell would read something else in it. */
function shellWord(text: string): string {
  if (/^[\w./:@%+=,\\-]+$/.test(text)) return text
  return process.platform === 'win32' ? `"${text}"` : `'${text.replaceAll("'", String.raw`'\''`)}'`
}

function isScriptOfClone(env: NodeJS.ProcessEnv): boolean {
  const event = env.npm_lifecycle_event
  return Boolean(event) && event !== 'npx' && env.npm_package_name === 'relay-emulator'
}

function isOnPath(
  word: string,
  file: string,
  { env, cwd }: { readonly env: NodeJS.ProcessEnv; readonly cwd: string },
): boolean {
  const found = findProgramFile(word, cwd, env)
  try {
    return found !== undefined && realpathSync(found) === realpathSync(file)
  } catch {
    return false
  }
}
