import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as delay } from 'node:timers/promises'
import { controlClient } from '../../agent/control-client.ts'
import type { CodeAnswer, ConnectionRow, ServiceRow } from '../../agent/contract.ts'
import { StateFile } from '../../agent/state-file.ts'
import { isStateFolderTaken } from '../../agent/state-lock.ts'
import { parseConnectionString } from '../../protocol/connection-string.ts'
import { POLL_MS, STOP_TIMEOUT_MS, type SandboxProcess, startProcess } from './child-process.ts'
import type { Tunnel } from './tunnels.ts'

/** An agent of the sandbox: `hcm run` with what the story wants of it. */
export type SandboxAgent = {
  readonly process: SandboxProcess<AgentReady>
  readonly stateDir: string
  /** Arguments of `hcm` that run it again when it was killed: its state knows the rest. */
  readonly again: readonly string[]
  /** A sentence for each hybrid connection that is not connected. */
  readonly troubles: readonly string[]
}

/** `controlApi` is `http://127.0.0.1:PORT`. */
type AgentReady = { readonly pid: number; readonly controlApi: string }

export type AgentInput = {
  readonly name: string
  readonly stateDir: string
  /** Null where the relay's certificate is the user's own. */
  readonly caFile: string | null
  /** Page of the relay's dashboard. */
  readonly portalUrl: string
  /** The hybrid connections to serve. */
  readonly tunnels: readonly Tunnel[]
  readonly env: NodeJS.ProcessEnv
  readonly onLine: (line: string) => void
}

/** Starts an agent and adds the hybrid connections. Resolves when the relay has had its say on each. */
export async function startAgent(input: AgentInput): Promise<SandboxAgent> {
  const { name, stateDir, caFile, portalUrl, tunnels, env, onLine } = input
  await forget(input)
  const again = ['run', '--state-dir', stateDir, '--name', name, '--portal-url', portalUrl]
  if (caFile !== null) again.push('--ca', caFile)
  const rules = tunnels.map(
    ({ endpoint: { host, port, address } }) => `${host}:${port}:${address.host}:${address.port}`,
  )
  const child = await startProcess<AgentReady>({
    name,
    program: 'hcm',
    args: [...again, ...rules.flatMap((rule) => ['--connect-to', rule])],
    readyFile: join(stateDir, 'ready.json'),
    env,
    onLine,
  })
  try {
    const control = await controlClient(stateDir)
    const rows = await Promise.all(
      tunnels.map(({ listenConnectionString: connectionString }) =>
        control.post<ConnectionRow>('/connections', { connectionString }),
      ),
    )
    return { process: child, stateDir, again, troubles: rows.flatMap((row) => trouble(name, row)) }
  } catch (error) {
    await child.stop()
    throw error
  }
}

/**
 * Ends an agent that a person has brought back, with the line the sandbox told, so that none is left that leads to
 * endpoints which are gone. Resolves at once when there is none.
 */
export async function endSuccessor(stateDir: string): Promise<void> {
  const pid = await runningAgent(stateDir)
  if (pid === null || !signal(pid, 'SIGTERM')) return
  const late = AbortSignal.timeout(STOP_TIMEOUT_MS)
  while (signal(pid, 0)) {
    if (late.aborted) signal(pid, 'SIGKILL')
    await delay(POLL_MS)
  }
}

/**
 * The process that runs with this state folder; only it can know the secret that the folder holds. One that has just
 * been started is waited for: it listens a moment before it answers.
 */
async function runningAgent(stateDir: string): Promise<number | null> {
  const late = AbortSignal.timeout(STOP_TIMEOUT_MS)
  while (!late.aborted && (await isStateFolderTaken(stateDir))) {
    try {
      const control = await controlClient(stateDir)
      return (await control.get<ServiceRow>('/service', { timeoutMs: STOP_TIMEOUT_MS })).pid
    } catch {
      await delay(POLL_MS)
    }
  }
  return null
}

/** A link to the agent's page that logs one browser in, once and within 60 s. */
export async function pageLink({ stateDir }: SandboxAgent): Promise<string> {
  const control = await controlClient(stateDir)
  const { code } = await control.post<CodeAnswer>('/session/codes')
  return `${control.url}/#/login/${code}`
}

/** False when there is no such process any more. */
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, name)
    return true
  } catch {
    return false
  }
}

/** What an earlier sandbox added is forgotten, for its port may be another one; what a person added stays. */
async function forget({ stateDir, tunnels }: AgentInput): Promise<void> {
  const file = new StateFile(stateDir)
  const state = await file.read()
  const ours = new Set(tunnels.map((tunnel) => placeOf(tunnel.listenConnectionString)))
  const connections = state.connections.filter((each) => !ours.has(placeOf(each.connectionString)))
  if (connections.length < state.connections.length) await file.write({ ...state, connections })
}

/** Host and hybrid connection, without the port. */
function placeOf(connectionString: string): string {
  const { host, entityPath = '' } = parseConnectionString(connectionString)
  return `${host}/${entityPath.toLowerCase()}`
}

function trouble(agent: string, { name, status, lastError }: ConnectionRow): string[] {
  if (status === 'Connected') return []
  return [`${agent} does not serve ${name} (${status}): ${lastError ?? 'hcm logs says why'}`]
}
