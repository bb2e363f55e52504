import type { Logger } from 'pino'
import { type SandboxAgent, endSuccessor, startAgent } from './agent.ts'
import { type SandboxForward, startForward } from './app.ts'
import type { SandboxProcess } from './child-process.ts'
import type { SandboxFolder } from './state-folder.ts'
import { AGENTS } from './story.ts'
import type { Tunnel } from './tunnels.ts'

/** The processes of the sandbox besides its own. */
export type Programs = {
  readonly agents: readonly SandboxAgent[]
  readonly forwards: readonly (SandboxForward & { readonly tunnel: Tunnel })[]
  close(): Promise<void>
}

export type ProgramsInput = {
  readonly tunnels: readonly Tunnel[]
  readonly folder: SandboxFolder
  readonly caFile: string | null
  readonly adminUrl: string
  /** Where the agents' pages sign people in. */
  readonly azure: { readonly armUrl: string; readonly tenantId: string }
  readonly env: NodeJS.ProcessEnv
  readonly logger: Logger
}

/** Starts the agents and the app. Rejects when one does not start; then none is left. */
export async function startPrograms(input: ProgramsInput): Promise<Programs> {
  const { tunnels, folder, caFile, adminUrl, azure, logger } = input
  const env = childEnvironment(input)
  const common = (name: string) => ({
    name,
    caFile,
    env,
    onLine: (line: string) => logger.warn({ process: name }, line),
  })
  const agents = AGENTS.map((name) =>
    startAgent({
      ...common(name),
      env: {
        ...env,
        AZURE_RESOURCE_MANAGER_URL: azure.armUrl,
        AZURE_TENANT_ID: azure.tenantId,
      },
      stateDir: folder.agent(name),
      portalUrl: adminUrl,
      tunnels,
    }),
  )
  const forwards = tunnels.map(async (tunnel) => {
    const name = `app-${tunnel.endpoint.name}`
    return { ...(await startForward({ ...common(name), folder: folder.path, tunnel })), tunnel }
  })
  // All of them have to be known before one that failed is told: the others must end.
  const settled = await Promise.allSettled<{ readonly process: SandboxProcess<unknown> }>([
    ...agents,
    ...forwards,
  ])
  const running = settled.flatMap((each) =>
    each.status === 'fulfilled' ? [each.value.process] : [],
  )
  const close = async () => {
    await Promise.all(running.map((child) => child.stop()))
    await Promise.all(AGENTS.map((name) => endSuccessor(folder.agent(name))))
  }
  try {
    return { agents: await Promise.all(agents), forwards: await Promise.all(forwards), close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Without settings for another agent that a person has in the environment. */
function childEnvironment({ env }: ProgramsInput): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => !name.startsWith('HCM_'))
  return Object.fromEntries(kept)
}
