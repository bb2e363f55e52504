import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
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
  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'exit')
  const { pid } = child
  // What goes wrong between two calls of the system goes wrong once in many times.
  for (let round = 0; round < 100; round++) {
    const folder = t.testdir()
    const left = { pid, startedAt: '', id: randomUUID() }
    await writeFile(join(folder, 'hcm.lock'), JSON.stringify(left))
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, () => lockStateFolder(folder)),
    )
    const locks = outcomes.filter((outcome) => outcome.status === 'fulfilled')
    const refusals = outcomes.filter((outcome) => outcome.status === 'rejected')
    t.equal(locks.length, 1)
    t.ok(refusals.every(({ reason }) => reason.code === 'HCM_ALREADY_RUNNING'))
    await locks[0]?.value.release()
    t.strictSame(await readdir(folder), [])
  }
})

test('a lock whose owner died, and who was taking it away too, is taken away all the same', async (t) => {
  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'exit')
  const left = (id: string) => JSON.stringify({ pid: child.pid, startedAt: '', id })
  const folder = t.testdir({ 'hcm.lock': left('x'), 'hcm.lock.x.0': left('y') })
  const lock = await lockStateFolder(folder)
  await t.rejects(lockStateFolder(folder), { code: 'HCM_ALREADY_RUNNING' })
  await lock.release()
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
  for (const text of ['{"pid":', '']) {
    const folder = t.testdir({ 'hcm.lock': text })
    const lock = await lockStateFolder(folder)
    await lock.release()
    t.strictSame(await readdir(folder), [])
  }
})
