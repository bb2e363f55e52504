import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rm } from 'node:fs/promises'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { programUrl } from '../../console/package-file.ts'
import type { Ending } from '../child.ts'
import { CliError, EXIT } from '../failure.ts'

/** A process of the sandbox. It ends with the sandbox, also when that is killed. */
export type SandboxProcess<Ready> = {
  readonly name: string
  readonly pid: number
  /** Its ready document. */
  readonly ready: Ready
  /** Resolves when it is gone. */
  readonly ended: Promise<Ending>
  /** Asks it to end, waits, and ends it by force when it takes too long. */
  stop(): Promise<void>
}

export type ProcessInput = {
  readonly name: string
  /** The binary of this package. */
  readonly program: 'relay-emulator' | 'hcm'
  readonly args: readonly string[]
  /** Where it is told to write its ready document; the file is gone when it was read. */
  readonly readyFile: string
  readonly env: NodeJS.ProcessEnv
  /** Gets what it writes to standard error once it is ready, line by line. */
  readonly onLine: (line: string) => void
}

/** How long a process may take to end, ms: an agent gives open tunnels 5 s. */
export const STOP_TIMEOUT_MS = 7_000
const READY_TIMEOUT_MS = 30_000
/** How often is looked whether something has happened that nothing tells, ms. */
export const POLL_MS = 20
/** Lines of standard error that are kept for the message of a failed start. */
const MAX_WORDS = 10

/** Starts a process and waits until it is ready. Throws 1, with what it said, when it ends before; then none is left. */
export async function startProcess<Ready>(input: ProcessInput): Promise<SandboxProcess<Ready>> {
  const { name, readyFile, onLine } = input
  // Of an earlier run that was killed at the wrong moment.
  await rm(readyFile, { force: true })
  const child = launch(input)
  const ended = new Promise<Ending>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }))
  })
  await once(child, 'spawn')
  // From here on an error is a signal that does not reach a process that has just ended.
  child.on('error', () => undefined)
  // A second signal, or a fault of ours, leaves no time to be polite.
  const kill = () => void child.kill('SIGKILL')
  process.once('exit', kill)
  void ended.then(() => process.off('exit', kill))
  const stop = async () => {
    if (child.connected) child.disconnect()
    const timer = setTimeout(kill, STOP_TIMEOUT_MS)
    await ended
    clearTimeout(timer)
  }
  const words: string[] = []
  let isReady = false
  if (child.stderr) {
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (isReady) onLine(line)
      else if (words.length < MAX_WORDS) words.push(line)
    })
  }
  const text = await readyText(readyFile, ended)
  if (text === null) {
    await stop()
    throw new CliError(EXIT.failed, [`${name} did not start:`, ...words].join('\n  '))
  }
  isReady = true
  return { name, pid: child.pid ?? 0, ready: JSON.parse(text) as Ready, ended, stop }
}

function launch({ program, args, readyFile, env }: ProcessInput): ChildProcess {
  const preload = ['--import', programUrl('end-with-parent').href]
  const words = [...preload, fileURLToPath(programUrl(program)), ...args, '--ready-file', readyFile]
  return spawn(process.execPath, words, {
    env,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    // Ctrl-C at a terminal is for the sandbox, which then ends its processes in order.
    detached: process.platform !== 'win32',
    windowsHide: true,
  })
}

/** The file as soon as it is there; null when the process ends first, or takes too long. */
async function readyText(file: string, ended: Promise<unknown>): Promise<string | null> {
  const given = new AbortController()
  void ended.then(() => given.abort())
  const signal = AbortSignal.any([given.signal, AbortSignal.timeout(READY_TIMEOUT_MS)])
  for (;;) {
    // Written atomically: what is there is whole.
    const text = await readFile(file, 'utf8').catch(() => null)
    if (text !== null) await rm(file, { force: true })
    if (text !== null || signal.aborted) return text
    await delay(POLL_MS)
  }
}
