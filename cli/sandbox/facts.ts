import type { ReadyDocument } from '../../server/index.ts'
import type { SandboxAgent } from './agent.ts'
import type { CommandWords } from './command-words.ts'
import type { OnPremEndpoint } from './onprem.ts'
import type { Programs } from './programs.ts'
import type { MovedPort } from './relay.ts'

/** The ready document of the sandbox: the relay's, and what else runs. */
export type SandboxReady = ReadyDocument & {
  readonly agents: readonly AgentRow[]
  readonly app: readonly ForwardRow[]
  readonly endpoints: readonly EndpointRow[]
}

export type AgentRow = {
  readonly name: string
  readonly pid: number
  /** `http://127.0.0.1:PORT`. */
  readonly controlApi: string
  readonly stateDir: string
}

/** An `app forward`: its local port leads to the endpoint. */
export type ForwardRow = {
  readonly name: string
  readonly pid: number
  readonly host: string
  readonly port: number
  readonly namespace: string
  readonly hybridConnection: string
  /** HOST:PORT. */
  readonly endpoint: string
  /** Where the connection string with the right Send is kept. */
  readonly connectFile: string
}

export type EndpointRow = {
  readonly name: string
  readonly host: string
  readonly port: number
  /** Null for what is no web page. */
  readonly url: string | null
  /** HOST:PORT that the agents dial for it. */
  readonly address: string
}

/** What the sandbox tells once: for a person to copy from, or as one line of JSON. */
export type SandboxFacts = {
  readonly version: string
  readonly ready: SandboxReady
  /** Pages for a browser; the agent's logs one in, once and within 60 s. */
  readonly links: { readonly dashboard: string; readonly agent: string | null }
  readonly configFile: string | null
  /** Null when nothing is kept on disk. */
  readonly dataDir: string | null
  readonly moved: readonly MovedPort[]
  readonly warnings: readonly string[]
  readonly words: CommandWords
  /** True when tools find the emulator without `--admin`. */
  readonly isDefaultAdmin: boolean
  /** True where `app run` leads any program, and curl is there. */
  readonly canRunCurl: boolean
  readonly platform: NodeJS.Platform
  /** Command lines that bring a process back, by its name. */
  readonly again: ReadonlyMap<string, string>
}

/** The row of an agent. */
export function agentRow({ process: { name, pid, ready }, stateDir }: SandboxAgent): AgentRow {
  return { name, pid, controlApi: ready.controlApi, stateDir }
}

/** The row of an `app forward`. */
export function forwardRow({ process, tunnel }: Programs['forwards'][number]): ForwardRow {
  const { name, pid, ready } = process
  const { endpoint, namespace, hybridConnection, connectFile } = tunnel
  return {
    name,
    pid,
    host: ready.host,
    port: ready.port,
    namespace,
    hybridConnection,
    endpoint: `${endpoint.host}:${endpoint.port}`,
    connectFile,
  }
}

/** The row of what lies on-premises. */
export function endpointRow(endpoint: OnPremEndpoint): EndpointRow {
  const { kind, name, host, port, address } = endpoint
  return {
    name,
    host,
    port,
    url: kind === 'page' ? `http://${host}:${port}/` : null,
    address: `${address.host}:${address.port}`,
  }
}
