import { existsSync } from 'node:fs'
import path from 'node:path'

/** What to hand to `spawn`. */
export type SpawnCommand = {
  readonly file: string
  readonly args: readonly string[]
  readonly verbatim: boolean
}

/**
 * The file that Windows means by a bare word such as `npm`: the first match along PATH with an extension
 * of PATHEXT. The word itself when nothing matches, so that `spawn` tells the error.
 */
export function findProgram(
  word: string,
  env: NodeJS.ProcessEnv,
  exists: (file: string) => boolean = existsSync,
): string {
  const folders = /[\\/]/.test(word)
    ? ['']
    : ['.', ...(env.PATH ?? env.Path ?? '').split(';').filter(Boolean)]
  const extensions = ['', ...(env.PATHEXT ?? '.COM;.EXE;.BAT;.CMD').split(';')]
  const named = path.win32.extname(word) === '' ? extensions.slice(1) : extensions
  for (const folder of folders)
    for (const extension of named) {
      const file = path.win32.join(folder, word + extension)
      if (exists(file)) return file
    }
  return word
}

/** Batch files need cmd.exe, which has a quoting of its own; anything else is run as it is. */
export function windowsCommand(
  file: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): SpawnCommand {
  if (!/\.(?:bat|cmd)$/i.test(file)) return { file, args, verbatim: false }
  const line = [escapeMeta(file), ...args.map(escapeArgument)].join(' ')
  return { file: env.ComSpec ?? 'cmd.exe', args: ['/d', '/s', '/c', `"${line}"`], verbatim: true }
}

/**
 * Quoted for the C runtime (backslashes before a quote doubled), then every special character twice for
 * cmd.exe, because a batch file's `%*` is read a second time.
 */
function escapeArgument(text: string): string {
  const quoted = `"${text.replaceAll(/(\\*)"/g, '$1$1\\"').replace(/(\\*)$/, '$1$1')}"`
  return escapeMeta(escapeMeta(quoted))
}

function escapeMeta(text: string): string {
  return text.replaceAll(/[()\][%!^"`<>&|;, *?]/g, '^$&')
}
