import process from 'node:process'
import type { Logger } from 'pino'
import type { RelayServer } from '../../server/index.ts'
import { PACKAGE_VERSION } from '../../protocol/package-version.ts'
import { DEFAULT_ADMIN_URL } from '../admin-client.ts'
import { NamespaceUnavailable, openHostsNamespace } from '../app-namespace.ts'
import { findProgramFile } from '../app-program-file.ts'
import type { CliIo } from '../io.ts'
import type { ServerLog } from '../logger.ts'
import { type CommandWords, commandLine, commandWords } from './command-words.ts'
import { type SandboxFacts, agentRow, endpointRow, forwardRow } from './facts.ts'
import { openOnPrem } from './onprem.ts'
import { pageLink } from './agent.ts'
import { type Programs, startPrograms } from './programs.ts'
import { startRelay } from './relay.ts'
import type { SandboxSettings } from './settings.ts'
import { openSandboxFolder } from './state-folder.ts'
import { AGENTS, withStory } from './story.ts'
import { storyTunnels } from './tunnels.ts'

/** The whole story, running. */
export type Sandbox = {
  readonly server: RelayServer
  readonly facts: SandboxFacts
  /** Ends everything; nothing is left but what the data folder keeps. */
  close(): Promise<void>
}

export type SandboxInput = {
  readonly settings: SandboxSettings
  readonly io: CliIo
  readonly log: ServerLog
}

/** Starts everything; it works when the promise resolves. When something fails, the rest is ended and it rejects. */
export async function startSandbox(input: SandboxInput): Promise<Sandbox> {
  const undo: (() => unknown)[] = []
  const close = async () => {
    for (const step of undo.splice(0).reverse()) await step()
  }
  try {
    return { ...(await assemble(input, undo)), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function assemble(
  { settings, io, log }: SandboxInput,
  undo: (() => unknown)[],
): Promise<Omit<Sandbox, 'close'>> {
  const { options, isGiven, file } = settings
  const { logger } = log
  const dataDir = options.inMemory ? null : options.dataDir
  const folder = await openSandboxFolder(dataDir, AGENTS)
  undo.push(() => folder.close())
  const onPrem = await openOnPrem()
  undo.push(() => onPrem.close())
  const { env, cwd } = io
  // The sandbox writes a ready document of its own, when more than the relay is ready.
  const relay = { ...options, readyFile: '', amend: withStory, env, cwd, ...log }
  const { server, moved } = await startRelay(relay, isGiven)
  undo.push(() => server.close())

  const { ready, warnings } = server
  const tunnels = await storyTunnels(server, onPrem.endpoints, folder.path)
  const more = {
    caFile: ready.caFile,
    adminUrl: ready.admin.url,
    azure: { armUrl: ready.arm.url, tenantId: server.identity.tenantId },
    env,
    logger,
  }
  const [programs, canRunCurl] = await Promise.all([
    startPrograms({ tunnels, folder, ...more }),
    canRun('curl', io),
  ])
  undo.push(() => programs.close())
  const words = commandWords(io)
  const again = linesToRepeat(programs, words)
  undo.push(tellEnds(programs, again, logger))
  const [agent] = programs.agents
  const facts: SandboxFacts = {
    version: PACKAGE_VERSION,
    ready: {
      ...ready,
      agents: programs.agents.map(agentRow),
      app: programs.forwards.map(forwardRow),
      endpoints: onPrem.endpoints.map(endpointRow),
    },
    links: {
      dashboard: server.loginLink() ?? new URL('/', ready.admin.url).href,
      agent: agent ? await pageLink(agent) : null,
    },
    configFile: file,
    dataDir,
    moved,
    warnings: [...warnings, ...programs.agents.flatMap(({ troubles }) => troubles)],
    words,
    again,
    isDefaultAdmin:
      ready.admin.url.replace(/\/$/, '') === (env.RELAY_EMULATOR_ADMIN_URL || DEFAULT_ADMIN_URL),
    canRunCurl,
    platform: process.platform,
  }
  return { server, facts }
}

/** Command lines that bring a process back, by its name. */
function linesToRepeat(
  { agents, forwards }: Programs,
  words: CommandWords,
): ReadonlyMap<string, string> {
  return new Map([
    ...agents.map((agent) => [agent.process.name, commandLine(words.hcm, agent.again)] as const),
    ...forwards.map(
      (forward) =>
        [forward.process.name, commandLine(words['relay-emulator'], forward.again)] as const,
    ),
  ])
}

/** Says when a process ends, as some are meant to, and how it comes back. The function it answers ends that. */
function tellEnds(
  { agents, forwards }: Programs,
  again: ReadonlyMap<string, string>,
  logger: Logger,
): () => void {
  let isTelling = true
  for (const { process: child } of [...agents, ...forwards]) {
    void child.ended.then(({ code, signal }) => {
      if (!isTelling) return
      const { name, pid } = child
      const how = signal === null ? `exit code ${code}` : signal
      const next = again.get(name)
      logger.warn(
        { name, pid, code, signal, next },
        `${name} (pid ${pid}) ended: ${how}. The sandbox goes on; this brings it back: ${next}`,
      )
    })
  }
  return () => {
    isTelling = false
  }
}

/** Whether `app run` can lead this program here: it is installed, and its look-ups can be led away. */
async function canRun(program: string, { env, cwd }: CliIo): Promise<boolean> {
  if (findProgramFile(program, cwd, env) === undefined) return false
  try {
    // Nothing but an attempt: the file stands for itself.
    const namespace = await openHostsNamespace('/etc/hosts', { env, cwd })
    await namespace.close()
    return true
  } catch (error) {
    if (error instanceof NamespaceUnavailable) return false
    throw error
  }
}
