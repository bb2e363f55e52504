import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Child } from '../lib/child-processes.ts'
import { readReady } from '../lib/ready-file.ts'
import type { RelayOrder } from './child-server.ts'
import { productFile, startEmulator } from './emulator.ts'
import type { NaiveEndOrder } from './naive-tunnel.ts'
import { OPENSSH } from './openssh.ts'
import type { PeerTools } from './peer.ts'
import { plainForm } from './plain-form.ts'
import { PRODUCT } from './product.ts'
import { startChild } from './start-child.ts'
import type { TunnelKind, TunnelWay } from './tunnel-peer.ts'

/** Where the metadata of the emulator's own hybrid connection says that the endpoint is. */
const ENDPOINT = 'echo.onprem.example:7007'
/** All programs of a tunnel run where there is room, as those of OpenSSH do. */
const CORES = { core: 'both' } as const

/** One TCP connection, without anything in between. */
export const DIRECT: TunnelKind = {
  name: 'direct TCP',
  transports: ['ws'],
  missing: () => undefined,
  start: async (port) => ({ port, programs: [], close: async () => {} }),
}

/** `app forward`, the emulator and `hcm run`, as a user starts them. */
export const PRODUCT_TUNNEL: TunnelKind = {
  name: PRODUCT.name,
  transports: ['ws', 'wss'],
  missing: () => undefined,
  start: (endpointPort, transport, tools) =>
    together(tools, async (started) => {
      const { child: relay, plainPort, caFile, ...strings } = await startEmulator(tools, [], CORES)
      started(relay)
      const form = (text: string) => (transport === 'ws' ? plainForm(text, plainPort) : text)
      const env = { RELAY_EMULATOR_CA: caFile }
      const listen = await keptText(form(strings.listenConnectionString), tools)
      const send = await keptText(form(strings.sendConnectionString), tools)

      const stateDir = join(tools.folder, `hcm-${randomUUID()}`)
      const agent = await startProgram(tools, started, env, [
        productFile('hcm'),
        ...['run', '--state-dir', stateDir, '--log-level', 'warn'],
        ...['--connect-to', `${ENDPOINT}:127.0.0.1:${endpointPort}`],
      ])
      const added = spawnSync(
        process.execPath,
        [
          ...process.execArgv,
          productFile('hcm'),
          ...['add', '--state-dir', stateDir, '--connect-file', listen],
        ],
        { env: { ...process.env, ...env } },
      )
      if (!added.stdout.includes('"Connected"'))
        throw new Error(`hcm add: ${added.stderr.toString()}`)
      const forwarder = await startProgram<{ port: number }>(tools, started, env, [
        productFile('relay-emulator'),
        ...['app', 'forward', '--connect-file', send, '--listen', '127.0.0.1:0'],
      ])
      return {
        port: forwarder.ready.port,
        programs: [
          { role: 'relay', pid: relay.pid },
          { role: 'forwarder', pid: forwarder.child.pid },
          { role: 'agent', pid: agent.child.pid },
        ],
      }
    }),
}

/** The same three programs as one writes them first, with ws alone: each chunk a message, with pause and resume. */
export const NAIVE_TUNNEL: TunnelKind = {
  name: 'ws and a naive relay',
  transports: ['ws', 'wss'],
  missing: () => undefined,
  start: (endpointPort, transport, tools) =>
    together(tools, async (started) => {
      const { certificate } = tools
      const order = { transport, certificate } satisfies RelayOrder
      // All three may mask in native code, as the product does.
      const env = { WS_NO_BUFFER_UTIL: '' }
      const relay = await startChild('naive-child', order, tools, { ...CORES, env })
      started(relay.child)
      const way = { relayPort: relay.port, transport, ca: certificate.ca, endpointPort }
      const end = async (role: 'agent' | 'forwarder') => {
        const own = { ...way, role } satisfies NaiveEndOrder
        const running = await startChild('naive-end-child', own, tools, { ...CORES, env })
        started(running.child)
        return running
      }
      const agent = await end('agent')
      const forwarder = await end('forwarder')
      return {
        port: forwarder.port,
        programs: [
          { role: 'relay', pid: relay.child.pid },
          { role: 'forwarder', pid: forwarder.child.pid },
          { role: 'agent', pid: agent.child.pid },
        ],
      }
    }),
}

/** The peers of the scenario `tunnel`. */
export const TUNNEL_PEERS: readonly TunnelKind[] = [PRODUCT_TUNNEL, NAIVE_TUNNEL, DIRECT, OPENSSH]

/** Starts programs one after the other; when one fails, those before it are ended. */
async function together(
  { children }: PeerTools,
  start: (started: (child: Child) => void) => Promise<Omit<TunnelWay, 'close'>>,
): Promise<TunnelWay> {
  const running: Child[] = []
  const close = async () => {
    for (const child of running.reverse()) await children.stop(child)
  }
  try {
    return { ...(await start((child) => running.push(child))), close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Starts a program of the product that tells by a file when it is ready. */
async function startProgram<Ready>(
  { children, folder }: PeerTools,
  started: (child: Child) => void,
  env: NodeJS.ProcessEnv,
  [script = '', ...words]: readonly string[],
): Promise<{ readonly child: Child; readonly ready: Ready }> {
  const readyFile = join(folder, `ready-${randomUUID()}.json`)
  const args = [...words, '--ready-file', readyFile]
  const child = await children.startNode(script, args, { ...CORES, cwd: folder, env })
  started(child)
  return { child, ready: await readReady<Ready>(readyFile, child) }
}

/** A file with a secret, which so stays out of the process list. */
async function keptText(connectionString: string, { folder }: PeerTools): Promise<string> {
  const file = join(folder, `connection-${randomUUID()}`)
  await writeFile(file, connectionString, { mode: 0o600 })
  return file
}
