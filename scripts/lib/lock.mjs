import { createHash } from 'node:crypto'
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { isAlive } from './npm-process.mjs'
import { ROOT } from './run.mjs'

/** A lock without an owner is one that is being taken, or that a process lost on the way. */
const OWNERLESS_MS = 5000
const POLL_MS = 200

/** Runs `work` while no other process of this machine does so for this repository. */
export async function withLock(work) {
  const id = createHash('sha256').update(ROOT).digest('hex').slice(0, 16)
  // Not in the repository: node_modules and dist may not be there yet, or vanish on the way.
  const folder = join(tmpdir(), `relay-emulator-prepare-${id}`)
  while (!(await take(folder))) {
    if (await isAbandoned(folder)) await rm(folder, { recursive: true, force: true })
    else await delay(POLL_MS)
  }
  const release = () => rm(folder, { recursive: true, force: true })
  try {
    return await work()
  } finally {
    await release()
  }
}

async function take(folder) {
  try {
    await mkdir(folder)
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  }
  await writeFile(join(folder, 'owner'), String(process.pid))
  return true
}

async function isAbandoned(folder) {
  const owner = await readFile(join(folder, 'owner'), 'utf8').catch(() => '')
  if (owner !== '') return !isAlive(Number(owner))
  const { mtimeMs } = await stat(folder).catch(() => ({ mtimeMs: Date.now() }))
  return Date.now() - mtimeMs > OWNERLESS_MS
}
