import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

/**
 * Runs `node ...args` in the repository and resolves with its exit code. SIGINT and SIGTERM are handed on, and the
 * program is waited for. `options` are those of `child_process.spawn`.
 */
export function runNode(args, options = {}) {
  return runProgram(process.execPath, args, options)
}

/** The same for npm. */
export function runNpm(args, options = {}) {
  const folder = dirname(process.execPath)
  const candidates = [
    process.env.npm_execpath ?? '',
    join(folder, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(folder, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
  ]
  const cli = candidates.find((file) => basename(file) === 'npm-cli.js' && existsSync(file))
  if (cli !== undefined) return runNode([cli, ...args], options)
  // On Windows only a shell finds npm.cmd.
  return runProgram('npm', args, { shell: process.platform === 'win32', ...options })
}

function runProgram(program, args, options = {}) {
  const child = spawn(program, args, { cwd: ROOT, stdio: 'inherit', ...options })
  // A detached program leads a process group, which a negative number stands for.
  const handOn = (signal) => {
    if (child.pid !== undefined) process.kill(options.detached ? -child.pid : child.pid, signal)
  }
  process.on('SIGINT', handOn)
  process.on('SIGTERM', handOn)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      resolve(code ?? 128 + constants.signals[signal])
    })
  }).finally(() => {
    process.off('SIGINT', handOn)
    process.off('SIGTERM', handOn)
  })
}

/** A file of an installed package, e.g. `packageFile('typescript/lib/tsc.js')`. */
export function packageFile(path) {
  return join(ROOT, 'node_modules', ...path.split('/'))
}
