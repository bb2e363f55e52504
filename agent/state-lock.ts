import { randomUUID } from 'node:crypto'
import { link, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { isObject } from '../protocol/json.ts'
import { AgentError } from './agent-error.ts'

/** A state folder that is this process's own. */
export type StateLock = { release(): Promise<void> }

/** Who holds a lock. `startedAt` tells a process from a later one with the same number; '' where unknown. */
type Owner = { readonly pid: number; readonly startedAt: string; readonly id: string }

const FILE = 'hcm.lock'
/** Rounds are lost to daemons that start at the same moment: one of those takes the folder, or the dead lock away. */
const MAX_ATTEMPTS = 20

/**
 * Takes a state folder. A lock whose process is gone, also by SIGKILL or a crash of the machine, does not count. Throws
 * HCM_ALREADY_RUNNING with the number of the process that holds it.
 */
export async function lockStateFolder(folder: string): Promise<StateLock> {
  const file = join(folder, FILE)
  const mine: Owner = {
    pid: process.pid,
    startedAt: await startOf(process.pid),
    id: randomUUID(),
  }
  const text = `${JSON.stringify(mine)}\n`
  const draft = `${file}.${mine.id}`
  await writeFile(draft, text, { mode: 0o600, flag: 'wx' })
  try {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      if (await placed(draft, file)) return { release: () => release(file, text) }
      const found = await textOf(file)
      const owner = readOwner(found)
      if (owner && (await isAlive(owner))) throw alreadyRunning(owner.pid, folder)
      if (found !== undefined) await takeAway(file, found, draft)
    }
    throw alreadyRunning(undefined, folder)
  } finally {
    await rm(draft, { force: true })
  }
}

/** Whether a process has the folder. Such a process may be starting: it takes the folder before anything else. */
export async function isStateFolderTaken(folder: string): Promise<boolean> {
  const owner = readOwner(await textOf(join(folder, FILE)))
  return owner !== undefined && (await isAlive(owner))
}

/** A link appears whole and at once, or not at all when there is a lock. */
async function placed(draft: string, file: string): Promise<boolean> {
  try {
    await link(draft, file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/**
 * Removes the lock that holds `stale`, whose process is gone. Only the holder of the claim to that very lock does: a lock
 * that somebody has just taken is never touched. A claim whose holder is gone too gives way to the next number.
 */
async function takeAway(file: string, stale: string, draft: string): Promise<void> {
  const claims = `${file}.${readOwner(stale)?.id ?? 'cut'}`
  for (let number = 0; ; number += 1) {
    const claim = `${claims}.${number}`
    if (await placed(draft, claim)) {
      if ((await textOf(file)) === stale) await rm(file, { force: true })
      for (let old = number; old >= 0; old -= 1) await rm(`${claims}.${old}`, { force: true })
      return
    }
    const found = await textOf(claim)
    const holder = readOwner(found)
    if (found === undefined || (holder && (await isAlive(holder)))) return
  }
}

/** What a file holds; undefined when it is not there, or somebody else's. */
function textOf(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined)
}

async function release(file: string, text: string): Promise<void> {
  if ((await textOf(file)) === text) await rm(file, { force: true })
}

function readOwner(text = ''): Owner | undefined {
  try {
    const owner: unknown = JSON.parse(text)
    if (!isObject(owner)) return undefined
    const { pid, startedAt, id } = owner
    return typeof pid === 'number' && typeof startedAt === 'string' && typeof id === 'string'
      ? { pid, startedAt, id }
      : undefined
  } catch {
    return undefined
  }
}

async function isAlive({ pid, startedAt }: Owner): Promise<boolean> {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  const start = await startOf(pid)
  return start === '' || startedAt === '' || start === startedAt
}

/** When a process began, in a form only good to compare; '' where the system does not tell. */
async function startOf(pid: number): Promise<string> {
  if (process.platform !== 'linux') return ''
  try {
    const [stat, boot] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
    ])
    // The name in parentheses may itself hold blanks and parentheses; the start is the 20th field behind it.
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
    return `${boot.trim()}:${ticks}`
  } catch {
    return ''
  }
}

function alreadyRunning(pid: number | undefined, folder: string): AgentError {
  const who = pid === undefined ? 'another hcm' : `another hcm (process ${pid})`
  return new AgentError('HCM_ALREADY_RUNNING', `${who} runs with the state folder ${folder}`, {
    next: 'hcm list, which asks it; or another --state-dir',
  })
}
