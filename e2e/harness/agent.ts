import { createHash, type Hash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex, Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { createSender, type RelaySender } from '../../client/index.ts'
import { launch, type Outcome } from './cli.ts'
import type { TestRelay } from './relay.ts'

/** The built command line; `npm test` builds before it runs. */
export const HCM = fileURLToPath(new URL('../../dist/programs/hcm.js', import.meta.url))

/** A hybrid connection as `hcm` prints it. */
export type ShownConnection = {
  readonly Namespace: string
  readonly Name: string
  readonly Endpoint: string
  readonly Status: 'Connected' | 'Not connected' | 'NotFound'
  readonly NumberOfListeners: number | null
  readonly Note?: string
}

/** A running `hcm run`. */
export type StartedAgent = {
  readonly stateDir: string
  readonly pid: number
  readonly controlApi: string
  /** Runs a command that talks to it. */
  hcm(args: readonly string[], options?: { readonly stdin?: string }): Promise<Outcome>
  /** Adds a hybrid connection, and fails unless it is listed. */
  add(connectionString: string): Promise<ShownConnection>
  list(): Promise<readonly ShownConnection[]>
  /** Resolves when its log holds a line with `text`. */
  logged(text: string): Promise<string>
  stdout(): string
  stderr(): string
  signal(signal: NodeJS.Signals): void
  readonly ended: Promise<Outcome>
  stop(): Promise<Outcome>
}

export type AgentSettings = {
  readonly args?: readonly string[]
  readonly env?: NodeJS.ProcessEnv
  /** Another agent's, after that one has ended. */
  readonly stateDir?: string
}

/** Starts the agent with a state folder of its own and waits until it answers; it ends with the test. */
export async function startAgent(
  t: Test,
  relay: Pick<TestRelay, 'caFile'>,
  { args = [], env = {}, stateDir = '' }: AgentSettings = {},
): Promise<StartedAgent> {
  const folder = stateDir || (await makeFolder(t))
  const readyFile = join(folder, '..', `ready-${randomBytes(6).toString('hex')}.json`)
  const settings = {
    cli: HCM,
    env: { HCM_STATE_DIR: folder, RELAY_EMULATOR_CA: relay.caFile, ...env },
  }
  const running = launch(['run', '--ready-file', readyFile, ...args], settings)
  t.teardown(async () => {
    await running.stop()
    await rm(readyFile, { force: true })
  })
  await running.line('"agent started"')
  const { controlApi } = JSON.parse(await readFile(readyFile, 'utf8')) as { controlApi: string }
  const hcm: StartedAgent['hcm'] = (words, options = {}) =>
    launch(words, { ...settings, ...options }).ended
  return {
    ...running,
    stateDir: folder,
    controlApi,
    hcm,
    logged: (text) => running.line(text),
    async add(connectionString) {
      const outcome = await hcm(['add', '-'], { stdin: connectionString })
      if (outcome.code !== 0) throw new Error(`hcm add: ${outcome.stderr}`)
      return JSON.parse(outcome.stdout) as ShownConnection
    },
    async list() {
      const outcome = await hcm(['list'])
      if (outcome.code !== 0) throw new Error(`hcm list: ${outcome.stderr}`)
      return JSON.parse(outcome.stdout) as readonly ShownConnection[]
    },
  }
}

/** A folder for state that is removed after the agent has ended, whatever is in it. */
async function makeFolder(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'relay-emulator-hcm-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return join(folder, 'state')
}

/** The configuration of a namespace `contoso` with one hybrid connection, whose endpoint is `endpoint`. */
export function entityWith(name: string, userMetadata: string | object) {
  return {
    name,
    userMetadata,
    authorizationRules: [
      { name: 'defaultListener', rights: ['Listen'] },
      { name: 'defaultSender', rights: ['Send'] },
    ],
  }
}

/** What the portal would call gateway connection string, and the string of a sender. */
export function stringsOf(relay: TestRelay, entity: string) {
  const found = relay.server.ready.namespaces
    .flatMap(({ hybridConnections }) => hybridConnections)
    .find(({ name }) => name === entity)
  if (!found) throw new Error(`no hybrid connection ${entity}`)
  return { listen: found.listenConnectionString, send: found.sendConnectionString }
}

/** A sender of ours; it ends with the test. */
export function startSender(t: Test, relay: TestRelay, entity: string): RelaySender {
  const sender = createSender({ connectionString: stringsOf(relay, entity).send, ca: relay.caPem })
  t.teardown(() => sender.close())
  return sender
}

/** What comes back to a sender that says `question` and no more. */
export async function answerOf(sender: RelaySender, question = ''): Promise<string> {
  const stream = await sender.connect()
  stream.end(question)
  return (await readToEnd(stream)).toString()
}

/** A TCP server with half-close on a free port of loopback; its sockets end with the test. */
export async function startEndpoint(t: Test, serve: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).once('close', () => sockets.delete(socket))
    serve(socket)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return (server.address() as AddressInfo).port
}

/** Everything up to the end of the readable side, which leaves the writable side open. */
export function readToEnd(stream: Duplex): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.once('end', () => resolve(Buffer.concat(chunks)))
    stream.once('error', reject).once('close', () => reject(new Error('it was cut')))
  })
}

/** Resolves when a stream is closed, in order or not; what it still brings is dropped. */
export function whenGone(stream: Duplex): Promise<void> {
  if (stream.closed) return Promise.resolve()
  stream.resume().on('error', () => {})
  return new Promise((resolve) => stream.once('close', resolve))
}

/** Counts and digests what comes, without keeping it. */
export function digestOf(
  stream: Readable,
): Promise<{ readonly bytes: number; readonly sha: string }> {
  const hash: Hash = createHash('sha256')
  let bytes = 0
  return new Promise((resolve, reject) => {
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      hash.update(chunk)
    })
    stream.once('end', () => resolve({ bytes, sha: hash.digest('hex') }))
    stream.once('error', reject)
  })
}
