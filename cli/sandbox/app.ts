import { join } from 'node:path'
import { CliError } from '../failure.ts'
import { type SandboxProcess, startProcess } from './child-process.ts'
import type { Tunnel } from './tunnels.ts'

/** The app's way to one endpoint: an `app forward`. */
export type SandboxForward = {
  readonly process: SandboxProcess<ForwardReady>
  /** Arguments of `relay-emulator` that run it again when it was killed. */
  readonly again: readonly string[]
}

/** Where it listens. */
type ForwardReady = { readonly pid: number; readonly host: string; readonly port: number }

export type ForwardInput = {
  readonly name: string
  readonly folder: string
  readonly caFile: string | null
  readonly tunnel: Tunnel
  readonly env: NodeJS.ProcessEnv
  readonly onLine: (line: string) => void
}

const HOST = '127.0.0.1'

/** Leads the endpoint's port of loopback, or a free one where that is taken, through the relay. */
export async function startForward(input: ForwardInput): Promise<SandboxForward> {
  const { port } = input.tunnel.endpoint
  try {
    return await forward(input, port)
  } catch (error) {
    // Whatever else it is that stands in the way is told by the second attempt.
    if (error instanceof CliError) return forward(input, 0)
    throw error
  }
}

async function forward(input: ForwardInput, port: number): Promise<SandboxForward> {
  const { name, folder, caFile, tunnel, env, onLine } = input
  const listenAt = (listen: string) => [
    ...['app', 'forward', '--connect-file', tunnel.connectFile, '--listen', listen, '--name', name],
    ...(caFile === null ? [] : ['--ca', caFile]),
  ]
  const child = await startProcess<ForwardReady>({
    name,
    program: 'relay-emulator',
    args: listenAt(`${HOST}:${port}`),
    readyFile: join(folder, `${name}.json`),
    env,
    onLine,
  })
  return { process: child, again: listenAt(`${HOST}:${child.ready.port}`) }
}
