import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { makePrivateFolder } from '../../console/private-folder.ts'
import { AgentError } from '../../agent/agent-error.ts'
import { lockStateFolder } from '../../agent/state-lock.ts'

/** A folder that is this sandbox's own. Everybody else is kept out (mode 0700). */
export type SandboxFolder = {
  readonly path: string
  /** The state folder of an agent. */
  agent(name: string): string
  close(): Promise<void>
}

/**
 * Below `dataDir` the first of `sandbox/1`, `sandbox/2` ... that no other sandbox has and in which no agent runs, kept
 * for the next start; a temporary folder, which goes, where `dataDir` is null. Rejects with errors of the file system.
 */
export async function openSandboxFolder(
  dataDir: string | null,
  agents: readonly string[],
): Promise<SandboxFolder> {
  if (dataDir === null) return temporaryFolder()
  for (let number = 1; ; number += 1) {
    const path = join(dataDir, 'sandbox', String(number))
    const close = await claim(path, agents)
    if (close) return { path, agent: (name) => join(path, name), close }
  }
}

async function temporaryFolder(): Promise<SandboxFolder> {
  const path = await mkdtemp(join(tmpdir(), 'relay-emulator-sandbox-'))
  const remove = () => rmSync(path, { recursive: true, force: true, maxRetries: 3 })
  process.once('exit', remove)
  return {
    path,
    agent: (name) => join(path, name),
    async close() {
      process.off('exit', remove)
      remove()
    },
  }
}

/** Takes a folder; undefined when it is taken. The agents take their own folders when they start. */
async function claim(
  folder: string,
  agents: readonly string[],
): Promise<(() => Promise<void>) | undefined> {
  const lock = await lockOrNothing(folder)
  if (!lock) return undefined
  for (const agent of agents) {
    // An agent that somebody brought back by hand outlives its sandbox.
    const agentLock = await lockOrNothing(join(folder, agent))
    if (!agentLock) {
      await lock.release()
      return undefined
    }
    await agentLock.release()
  }
  return () => lock.release()
}

async function lockOrNothing(folder: string) {
  await makePrivateFolder(folder)
  try {
    return await lockStateFolder(folder)
  } catch (error) {
    if (error instanceof AgentError && error.code === 'HCM_ALREADY_RUNNING') return undefined
    throw error
  }
}
