import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import process from 'node:process'
import { makePrivateFolder } from '../console/private-folder.ts'
import { PACKAGE_VERSION } from '../protocol/package-version.ts'
import type { LineSink } from '../console/line-sink.ts'
import { Sessions } from '../console/session.ts'
import { createLogger, LogFeed } from './agent-log.ts'
import { httpsJson } from './azure/https-json.ts'
import { lastArmUrl } from './azure/login-file.ts'
import { planChecks } from './check-plan.ts'
import { runChecks } from './checks.ts'
import { coexistenceWarnings, installedServices } from './coexistence.ts'
import { type ConnectToRule, mergeConnectTo, parseConnectTo } from './connect-to.ts'
import { Connections } from './connections.ts'
import type { ConnectionRow, ServiceRow, TestAnswer } from './contract.ts'
import { type ControlApi, openControlApi } from './control-api.ts'
import { removeControlFile, writeControlFile } from './control-file.ts'
import { lastLines, LogFile, type LogFileOptions } from './log-file.ts'
import { newerVersion } from './newer-version.ts'
import { StateFile } from './state-file.ts'
import { SignIns } from './sign-ins.ts'
import { lockStateFolder } from './state-lock.ts'
import { writeReadyFile } from '../console/ready-file.ts'

export type AgentOptions = {
  /** Made when missing, readable by its owner alone. One agent at a time may have it. */
  readonly stateDir: string
  /** What the relay's side calls this agent. Default: the host name. */
  readonly name?: string | null | undefined
  /** Port of the control API on 127.0.0.1; 0, the default, picks a free one. */
  readonly controlPort?: number | undefined
  /** Added to the rules that the state holds. */
  readonly connectTo?: readonly ConnectToRule[] | undefined
  /** PEM certificates that are trusted besides Node's. */
  readonly ca?: string | undefined
  /** True sends frames with a zero mask over TLS, which saves CPU; see the client library. */
  readonly zeroMask?: boolean | undefined
  /** Gets `{"pid","controlApi"}` when the control API answers. */
  readonly readyFile?: string | null | undefined
  /** Longest time to reach an endpoint, ms. Default 10,000. */
  readonly dialTimeoutMs?: number | undefined
  /** A later version to tell of. */
  readonly latestVersion?: string | null | undefined
  readonly portalUrl?: string | null | undefined
  /** Where the page signs people in to Azure. Default: where the last `hcm login` did, else the public cloud. */
  readonly azure?: AzurePlaces | undefined
  /** As pino's. Default `info`. */
  readonly logLevel?: string | undefined
  readonly logFile?: LogFileOptions | undefined
  /** Gets each log line (JSON) besides the file. */
  readonly logSink?: LineSink | undefined
  /** Unix time in ms, by which codes, sessions and sign-ins end; for tests. */
  readonly now?: (() => number) | undefined
}

/** `armUrl` is the management plane; `tenant` by default `organizations`. */
export type AzurePlaces = {
  readonly armUrl?: string | undefined
  readonly tenant?: string | undefined
}

/** A running agent. */
export type Agent = {
  readonly name: string
  /** `http://127.0.0.1:PORT`. */
  readonly controlApi: string
  /** Every hybrid connection, after its relay was asked. */
  list(): Promise<readonly ConnectionRow[]>
  /** Rejects with an AgentError. */
  add(connectionString: string): Promise<ConnectionRow>
  remove(namespace: string, name: string): Promise<void>
  restart(namespace: string, name: string): Promise<ConnectionRow>
  /** Goes offline, gives open tunnels `drainMs` (default 0) to end, and leaves nothing behind but its state and log. */
  close(options?: { readonly drainMs?: number }): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

const DIAL_TIMEOUT_MS = 10_000
const CHECK_TIMEOUT_MS = 10_000
/** Lines of an earlier run that can be shown. */
const EARLIER_LINES = 1_000
const SECRET_BYTES = 32

/**
 * Starts the agent with the hybrid connections of its state folder. Throws AgentError (HCM_ALREADY_RUNNING,
 * HCM_STATE_DAMAGED, HCM_STATE_NEWER), and errors of the file system and of listening; then nothing is left running.
 */
export async function createAgent(options: AgentOptions): Promise<Agent> {
  const { stateDir } = options
  await makePrivateFolder(stateDir)
  const undo: (() => unknown)[] = []
  const rollBack = async () => {
    const faults: unknown[] = []
    for (const step of undo.splice(0).reverse()) {
      try {
        await step()
      } catch (fault) {
        // A file that cannot be removed must leave no channel and no port open.
        faults.push(fault)
      }
    }
    if (faults.length > 0) throw faults[0]
  }
  try {
    const lock = await lockStateFolder(stateDir)
    undo.push(() => lock.release())
    return await startAgent(options, undo, rollBack)
  } catch (error) {
    // Why it did not start says more than what could not be tidied up.
    await rollBack().catch(() => {})
    throw error
  }
}

async function startAgent(
  options: AgentOptions,
  undo: (() => unknown)[],
  rollBack: () => Promise<void>,
): Promise<Agent> {
  const { stateDir, ca } = options
  const startedAt = new Date().toISOString()
  const version = PACKAGE_VERSION
  const name = options.name ?? hostname()
  const state = new StateFile(stateDir)
  const saved = await state.read()
  undo.push(() => state.flush())

  const logs = new LogFeed(await lastLines(stateDir, EARLIER_LINES))
  const file = new LogFile(stateDir, options.logFile)
  undo.push(() => file.close())
  const sinks = [file, logs, ...(options.logSink ? [options.logSink] : [])]
  const logger = createLogger(options.logLevel ?? 'info', sinks)

  const connectTo = mergeConnectTo(saved.connectTo.map(parseConnectTo), options.connectTo ?? [])
  const connections = new Connections({
    state,
    connectTo,
    name,
    ca,
    zeroMask: options.zeroMask,
    dialTimeoutMs: options.dialTimeoutMs ?? DIAL_TIMEOUT_MS,
    logger,
  })
  let drainMs = 0
  undo.push(() => connections.close(drainMs))
  connections.load(saved.connections)
  if (options.connectTo?.length) await connections.save()

  const service = (): ServiceRow => ({
    name,
    version,
    latest: newerVersion(version, options.latestVersion ?? null),
    startedAt,
    adminUrl: options.portalUrl ?? null,
    pid: process.pid,
    lastLog: logs.last,
  })
  const test = async (target: string): Promise<TestAnswer> => {
    const known = connections.all.map(({ names, relay, row }) => ({
      namespace: names.namespace,
      endpoint: row.endpoint,
      relay: { host: relay.hostname, port: relay.port, isTls: relay.scheme === 'wss' },
    }))
    const plan = planChecks(target, known)
    const checks = await runChecks(plan, { connectTo, ca, timeoutMs: CHECK_TIMEOUT_MS })
    return { checks, warnings: coexistenceWarnings(await installedServices()) }
  }
  const now = options.now ?? Date.now
  const signIns = new SignIns({
    http: httpsJson(ca),
    armUrl: async () => options.azure?.armUrl ?? (await lastArmUrl(stateDir)),
    tenant: options.azure?.tenant ?? 'organizations',
    now,
  })
  undo.push(() => signIns.close())
  const token = randomBytes(SECRET_BYTES).toString('base64url')
  const sessions = new Sessions({ now, random: randomBytes })
  const epoch = `h_${randomBytes(4).toString('hex')}`
  const api: ControlApi = await openControlApi(
    { connections, service, test, logs, logger, token, sessions, signIns, epoch, now },
    options.controlPort ?? 0,
  )
  undo.push(() => api.close())
  const controlApi = `http://127.0.0.1:${api.port}`
  await writeControlFile(stateDir, { url: controlApi, token })
  undo.push(() => removeControlFile(stateDir))
  const { readyFile } = options
  if (readyFile) await writeReadyFile(readyFile, { pid: process.pid, controlApi })
  logger.info({ name, version, controlApi, stateDir }, 'agent started')

  let closed: Promise<void> | undefined
  const close = (more: { readonly drainMs?: number } = {}): Promise<void> => {
    drainMs = more.drainMs ?? 0
    if (!closed) logger.info({ openTunnels: connections.openTunnels }, 'agent stopping')
    return (closed ??= rollBack())
  }
  return {
    name,
    controlApi,
    list: () => connections.observe(),
    add: (connectionString) => connections.add(connectionString),
    remove: (namespace, entity) => connections.remove(namespace, entity),
    restart: (namespace, entity) => connections.restart(namespace, entity),
    close,
    [Symbol.asyncDispose]: () => close(),
  }
}
