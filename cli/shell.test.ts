import { spawnSync } from 'node:child_process'
import process from 'node:process'
import { test } from 'tap'
import { detectShell, formatExports } from './shell.ts'

const AWKWARD = `a'b "c" $HOME \`id\` \\n;&|`

test('the shell is found out from the environment', async (t) => {
  t.equal(detectShell({ SHELL: '/usr/bin/fish' }, 'linux'), 'fish')
  t.equal(detectShell({ SHELL: '/bin/zsh' }, 'darwin'), 'posix')
  t.equal(detectShell({}, 'linux'), 'posix')
  t.equal(detectShell({ PSModulePath: 'C:\\' }, 'win32'), 'powershell')
  t.equal(detectShell({}, 'win32'), 'cmd')
})

test(
  'a POSIX shell reads back every character',
  { skip: process.platform === 'win32' && 'no sh' },
  async (t) => {
    const script = `${formatExports({ VALUE: AWKWARD }, 'posix')}printf %s "$VALUE"`
    t.equal(spawnSync('sh', ['-c', script], { encoding: 'utf8' }).stdout, AWKWARD)
  },
)

test('each shell has its own quoting', async (t) => {
  t.match(formatExports({ A: `x'y\\` }, 'fish'), `set -gx A 'x\\'y\\\\'\n`)
  t.match(formatExports({ A: `x'y` }, 'powershell'), `$env:A = 'x''y'\n`)
  t.match(formatExports({ A: 'x;y' }, 'cmd'), 'set "A=x;y"\n')
})

test('the first line says how to use the rest', async (t) => {
  t.match(formatExports({}, 'posix'), /^# eval "\$\(relay-emulator env\)"\n/)
  t.match(formatExports({}, 'cmd'), /^rem /)
})
