import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import process from 'node:process'
import { test } from 'tap'
import { writeControlFile } from '../../agent/control-file.ts'
import { lockStateFolder } from '../../agent/state-lock.ts'
import { endSuccessor } from './agent.ts'

test('an agent that was brought back is ended, also while it starts', async (t) => {
  const folder = t.testdir({})
  const agent = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
  t.teardown(() => agent.kill('SIGKILL'))
  await once(agent, 'spawn')
  const control = createServer((_, response) => response.end(JSON.stringify({ pid: agent.pid })))
  t.teardown(() => control.close())
  await once(control.listen(0, '127.0.0.1'), 'listening')
  const { port } = control.address() as AddressInfo

  // It has its folder, and its control API does not answer yet.
  const lock = await lockStateFolder(folder)
  const done = endSuccessor(folder)
  await writeControlFile(folder, { url: `http://127.0.0.1:${port}`, token: 'secret' })
  await done
  t.equal(agent.signalCode, 'SIGTERM')
  await lock.release()
})

test('where no agent runs there is nothing to end or to wait for', async (t) => {
  const folder = t.testdir({})
  // Of an agent that was killed.
  await writeControlFile(folder, { url: 'http://127.0.0.1:1', token: 'secret' })
  await t.resolves(endSuccessor(folder))
})
