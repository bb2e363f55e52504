import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { WebSocket } from 'ws'
import { decodeServiceMessage, mintSasToken, parseConnectionString } from '../../protocol/index.ts'
import type { Child } from '../lib/child-processes.ts'
import { within } from '../lib/deadline.ts'
import { dial, upgrade, type End, type Target } from '../lib/end.ts'
import type { Peer, PeerKind, PeerTools, Transport, Tunnel } from './peer.ts'

const HYBRID_CONNECTION = 'demo'
const START_TIMEOUT_MS = 20_000
const RETRY_MS = 25
const ACCEPT_TIMEOUT_MS = 10_000
const TOKEN_LIFETIME_SECONDS = 3_600
const GUID_CHARACTERS = 36

/** What this uses of the ready document (product 3). */
type ReadyDocument = {
  readonly relay: { readonly port: number; readonly plainPort: number }
  readonly caFile: string
  readonly namespaces: readonly {
    readonly hybridConnections: readonly {
      readonly name: string
      readonly listenConnectionString: string
      readonly sendConnectionString: string
    }[]
  }[]
}

/** The emulator, started as a user starts it, with its default log. Senders bring a token. */
export const PRODUCT: PeerKind = {
  name: 'relay-emulator',
  transports: ['ws', 'wss'],
  isRunPerTunnel: false,
  missing: () => undefined,
  start: async (transport, tools) => {
    const readyFile = join(tools.folder, `ready-${randomUUID()}.json`)
    const child = await startEmulator(readyFile, tools)
    try {
      const ready = await readReady(readyFile, child)
      return await ProductPeer.connect(ready, transport, child, tools)
    } catch (error) {
      await tools.children.stop(child)
      throw error
    }
  },
}

/** One control channel; each accept message is answered by a raw socket, which is the listener's end of a tunnel. */
class ProductPeer implements Peer {
  readonly name = PRODUCT.name
  readonly pid: number
  readonly #target: Target
  readonly #sendToken: string
  readonly #channel: WebSocket
  readonly #stop: () => Promise<void>
  /** Tunnels whose listener has not come yet, by the id that the sender chose. */
  readonly #opening = new Map<string, { readBytes?: number; joined(end: Promise<End>): void }>()

  private constructor(
    pid: number,
    target: Target,
    sendToken: string,
    channel: WebSocket,
    stop: () => Promise<void>,
  ) {
    this.pid = pid
    this.#target = target
    this.#sendToken = sendToken
    this.#channel = channel
    this.#stop = stop
    channel.on('error', () => {})
    channel.on('message', (data: Buffer) => this.#onMessage(data.toString()))
  }

  static async connect(
    ready: ReadyDocument,
    transport: Transport,
    child: Child,
    tools: PeerTools,
  ): Promise<Peer> {
    const entity = ready.namespaces[0]?.hybridConnections.find(
      ({ name }) => name === HYBRID_CONNECTION,
    )
    if (!entity) throw new Error(`the emulator has no hybrid connection ${HYBRID_CONNECTION}`)
    const ca = transport === 'wss' ? await readFile(ready.caFile, 'utf8') : undefined
    const port = transport === 'wss' ? ready.relay.port : ready.relay.plainPort
    const channel = new WebSocket(
      `${transport}://localhost:${port}/$hc/${HYBRID_CONNECTION}?sb-hc-action=listen`,
      {
        headers: { ServiceBusAuthorization: tokenFor(entity.listenConnectionString) },
        ...(ca === undefined ? {} : { ca }),
      },
    )
    await within(once(channel, 'open'), START_TIMEOUT_MS, 'the control channel')
    return new ProductPeer(
      child.pid,
      { port, ca },
      tokenFor(entity.sendConnectionString),
      channel,
      () => tools.children.stop(child),
    )
  }

  async open(readBytes?: number): Promise<Tunnel> {
    const id = randomUUID()
    const listening = new Promise<End>((resolve) => {
      this.#opening.set(id, { ...(readBytes === undefined ? {} : { readBytes }), joined: resolve })
    })
    try {
      const start = performance.now()
      const sender = await dial(this.#target, readBytes)
      await upgrade(sender, `/$hc/${HYBRID_CONNECTION}?sb-hc-action=connect&sb-hc-id=${id}`, [
        `ServiceBusAuthorization: ${this.#sendToken}`,
      ])
      const handshakeMs = performance.now() - start
      const listener = await within(listening, ACCEPT_TIMEOUT_MS, 'the accept')
      return { sender, listener, handshakeMs, isListenerFramed: true }
    } finally {
      this.#opening.delete(id)
    }
  }

  async close(): Promise<void> {
    this.#channel.terminate()
    await this.#stop()
  }

  #onMessage(text: string): void {
    const message = decodeServiceMessage(text)
    if (message.kind !== 'accept') return
    const opening = this.#opening.get(message.id.slice(0, GUID_CHARACTERS))
    if (!opening) return
    const { pathname, search } = new URL(message.address)
    const joining = dial(this.#target, opening.readBytes).then(async (end) => {
      await upgrade(end, pathname + search)
      return end
    })
    // The sender's own handshake reports the failure too; this one must not end the process.
    joining.catch(() => {})
    opening.joined(joining)
  }
}

function startEmulator(readyFile: string, { children, folder }: PeerTools): Promise<Child> {
  const main = new URL(`../../cli/main${extname(import.meta.url)}`, import.meta.url)
  const args = [
    ...['start', '--in-memory', '--ready-file', readyFile],
    ...['--port', '0', '--plain-port', '0', '--admin-port', '0', '--arm-port', '0'],
  ]
  // No configuration file is lying about there, and what the emulator leaves behind goes with the folder.
  return children.startNode(fileURLToPath(main), args, { cwd: folder, env: { TMPDIR: folder } })
}

/** The file comes whole, when every port accepts connections. */
async function readReady(file: string, child: Child): Promise<ReadyDocument> {
  const isOver = AbortSignal.timeout(START_TIMEOUT_MS)
  for (;;) {
    const text = await readFile(file, 'utf8').catch(() => undefined)
    if (text !== undefined) return JSON.parse(text) as ReadyDocument
    if (isOver.aborted || child.process.exitCode !== null) {
      throw new Error(`the emulator did not start: ${reasonIn(child.stderr())}`)
    }
    await delay(RETRY_MS)
  }
}

/** The line of a program's last words that names an error, else the first one. */
function reasonIn(stderr: string): string {
  const lines = stderr.split('\n')
  return lines.find((line) => /error/i.test(line)) ?? lines[0] ?? ''
}

function tokenFor(connectionString: string): string {
  const { host, sharedAccessKeyName, sharedAccessKey } = parseConnectionString(connectionString)
  return mintSasToken({
    resource: `http://${host}/${HYBRID_CONNECTION}`,
    keyName: sharedAccessKeyName ?? '',
    key: sharedAccessKey ?? '',
    expirySeconds: Math.floor(Date.now() / 1_000) + TOKEN_LIFETIME_SECONDS,
  })
}
