import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { test } from 'tap'
import { lockStateFolder } from './state-lock.ts'

test('a state folder has one owner, and another one after it was released', async (t) => {
  const folder = t.testdir()
  const first = await lockStateFolder(folder)
  await t.rejects(lockStateFolder(folder), {
    code: 'HCM_ALREADY_RUNNING',
    message: new RegExp(`process ${process.pid}`),
  })
  await first.release()
  const second = await lockStateFolder(folder)
  await second.release()
  t.strictSame(await readdir(folder), [])
})

test('of many that start at once, one gets a lock that a dead process left', async (t) => {
  const folder = t.testdir()
  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'exit')
  await writeFile(
    join(folder, 'hcm.lock'),
    JSON.stringify({ pid: child.pid, startedAt: '', id: 'x' }),
  )
  const outcomes = await Promise.allSettled(
    Array.from({ length: 8 }, () => lockStateFolder(folder)),
  )
  const locks = outcomes.flatMap((outcome) =>
    outcome.status === 'fulfilled' ? [outcome.value] : [],
  )
  t.equal(locks.length, 1)
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') t.match(outcome.reason, { code: 'HCM_ALREADY_RUNNING' })
  }
  await locks[0]?.release()
  t.strictSame(await readdir(folder), [])
})

test('a lock does not outlive an owner that was killed', async (t) => {
  const folder = t.testdir()
  const module = new URL('./state-lock.ts', import.meta.url).href
  const script = `import(${JSON.stringify(module)}).then(async ({ lockStateFolder }) => {
    await lockStateFolder(${JSON.stringify(folder)})
    console.log('locked')
    setInterval(() => {}, 1000)
  })`
  const root = fileURLToPath(new URL('..', import.meta.url))
  const typescript = '--import=./scripts/test-typescript.mjs'
  const child = spawn(process.execPath, [typescript, '-e', script], { cwd: root })
  t.teardown(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  await t.rejects(lockStateFolder(folder), { code: 'HCM_ALREADY_RUNNING' })
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
  const lock = await lockStateFolder(folder)
  await lock.release()
})

test('a number that now belongs to another process does not hold the lock', async (t) => {
  if (process.platform !== 'linux') return t.pass('only Linux tells when a process began')
  const folder = t.testdir({
    'hcm.lock': JSON.stringify({ pid: process.pid, startedAt: 'another boot:1', id: 'x' }),
  })
  const lock = await lockStateFolder(folder)
  await lock.release()
})

test('a lock file that a crash has cut does not count', async (t) => {
  const folder = t.testdir({ 'hcm.lock': '{"pid":' })
  const lock = await lockStateFolder(folder)
  await lock.release()
  t.strictSame(await readdir(folder), [])
})
