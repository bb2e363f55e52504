import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chown, writeFile } from 'node:fs/promises'
import module from 'node:module'
import { join } from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'
import { test } from 'tap'

const KEEPS = 'enableCompileCache' in module && process.platform === 'linux'
const CACHE = '.cache/relay-emulator/node'

test('a program runs, keeps compiled code with its user, and with nobody else', async (t) => {
  const folder = t.testdir({ home: {}, xdg: {}, others: {}, file: 'no folder' })
  const program = join(folder, 'program.ts')
  const runAsBin = new URL('./run-as-bin.ts', import.meta.url).href
  await writeFile(
    program,
    `import { runAsBin } from '${runAsBin}'
    await runAsBin(import.meta.url, async (argv) => {
      console.log(argv.join())
      return 7
    })`,
  )
  const run = async (env: NodeJS.ProcessEnv) => {
    const args = ['--import=./scripts/test-typescript.mjs', program, 'a', 'b']
    const failure = await promisify(execFile)(process.execPath, args, {
      env: { PATH: process.env['PATH'], ...env },
    }).catch((error: unknown) => error)
    t.match(failure, { code: 7, stdout: 'a,b\n', stderr: '' }, JSON.stringify(env))
  }
  const home = join(folder, 'home')
  await run({ HOME: home })
  t.equal(existsSync(join(home, CACHE)), KEEPS, 'its own home')
  const xdg = join(folder, 'xdg')
  await run({ HOME: home, XDG_CACHE_HOME: xdg })
  t.equal(
    existsSync(join(xdg, 'relay-emulator/node')),
    KEEPS,
    'where it keeps what can be made again',
  )
  await run({ HOME: join(folder, 'none') })
  t.notOk(existsSync(join(folder, 'none')), 'no home is made')
  await run({ HOME: join(folder, 'file') })
  await run({ HOME: join(folder, 'file', 'below') })
  await run({ HOME: '' })
  // Of another user: root may give one away, and nobody else owns the root folder.
  const isRoot = process.getuid?.() === 0
  const others = isRoot ? join(folder, 'others') : '/'
  if (isRoot) await chown(others, 65_534, 65_534)
  if (process.platform !== 'win32') await run({ HOME: others })
  t.notOk(existsSync(join(others, '.cache')), "nothing is run from another user's folder")
})
