import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Child } from '../lib/child-processes.ts'
import { within } from '../lib/deadline.ts'
import { acceptedEnd, answerUpgrade, dial, upgrade, type End } from '../lib/end.ts'
import type { Peer, PeerKind, PeerTools, Tunnel } from './peer.ts'

const START_TIMEOUT_MS = 5_000
const RETRY_MS = 50
const WEBSOCKET_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** A proxy that dials the listener: the generator is the server behind it. */
type Proxy = {
  readonly name: string
  readonly program: string
  /** `tcp` passes bytes, `http` passes the WebSocket handshake too, `gateway` ends it and speaks TCP behind. */
  readonly mode: 'tcp' | 'http' | 'gateway'
  readonly config?: (port: number, backendPort: number, folder: string) => string
  readonly args: (port: number, backendPort: number, configFile: string) => readonly string[]
}

const PROXIES: readonly Proxy[] = [
  {
    name: 'HAProxy',
    program: 'haproxy',
    mode: 'http',
    config: (port, backend) => `global
  nbthread 1
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  timeout tunnel 60s
listen relay
  bind 127.0.0.1:${port}
  server backend 127.0.0.1:${backend}
`,
    args: (_port, _backend, file) => ['-db', '-f', file],
  },
  {
    name: 'nginx',
    program: 'nginx',
    mode: 'http',
    config: (port, backend, folder) => `daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log stderr;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path ${folder}/nginx-body;
  proxy_temp_path ${folder}/nginx-proxy;
  fastcgi_temp_path ${folder}/nginx-fastcgi;
  uwsgi_temp_path ${folder}/nginx-uwsgi;
  scgi_temp_path ${folder}/nginx-scgi;
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://127.0.0.1:${backend};
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection upgrade;
    }
  }
}
`,
    args: (_port, _backend, file) => ['-e', 'stderr', '-c', file],
  },
  {
    name: 'socat',
    program: 'socat',
    mode: 'tcp',
    args: (port, backend) => [
      `TCP-LISTEN:${port},bind=127.0.0.1,reuseaddr,nodelay`,
      `TCP:127.0.0.1:${backend},nodelay`,
    ],
  },
  {
    name: 'websockify',
    program: 'websockify',
    mode: 'gateway',
    args: (port, backend) => ['--run-once', `127.0.0.1:${port}`, `127.0.0.1:${backend}`],
  },
]

/** Those that Debian packages, for comparison where they are installed. */
export const PROXY_PEERS: readonly PeerKind[] = PROXIES.map((proxy) => ({
  name: proxy.name,
  transports: ['ws'],
  isRunPerTunnel: true,
  missing: () => (isInstalled(proxy.program) ? undefined : proxy.program),
  start: async (_transport, tools) => new ProxyPeer(proxy, await listen(), tools),
}))

/** Runs its program anew for each tunnel: some fork for each connection, which would hide their CPU time. */
class ProxyPeer implements Peer {
  readonly name: string
  readonly #proxy: Proxy
  readonly #backend: Server
  readonly #tools: PeerTools
  #child: Child | undefined

  constructor(proxy: Proxy, backend: Server, tools: PeerTools) {
    this.name = proxy.name
    this.#proxy = proxy
    this.#backend = backend
    this.#tools = tools
  }

  get pid(): number {
    if (!this.#child) throw new Error(`${this.name} runs only while it has a tunnel`)
    return this.#child.pid
  }

  async open(readBytes?: number): Promise<Tunnel> {
    const { mode } = this.#proxy
    const port = await this.#restart()
    const arrived = once(this.#backend, 'connection') as Promise<[Socket]>
    const sender = await dialWhenReady(port, readBytes)
    const start = performance.now()
    const [, listener] = await Promise.all([
      mode === 'tcp' ? undefined : upgrade(sender, '/'),
      within(arrived, START_TIMEOUT_MS, `the connection behind ${this.name}`).then(([socket]) =>
        backendEnd(socket, mode),
      ),
    ])
    const handshakeMs = performance.now() - start
    return { sender, listener, handshakeMs, isListenerFramed: mode !== 'gateway' }
  }

  async close(): Promise<void> {
    if (this.#child) await this.#tools.children.stop(this.#child)
    this.#backend.close()
  }

  async #restart(): Promise<number> {
    const { children, folder } = this.#tools
    const { program, config, args } = this.#proxy
    if (this.#child) await children.stop(this.#child)
    const port = await freePort()
    const backendPort = (this.#backend.address() as AddressInfo).port
    const file = join(folder, `${program}.conf`)
    if (config) await writeFile(file, config(port, backendPort, folder))
    this.#child = await children.start(program, args(port, backendPort, file))
    return port
  }
}

async function backendEnd(socket: Socket, mode: Proxy['mode']): Promise<End> {
  const end = acceptedEnd(socket)
  if (mode === 'http') await answerUpgrade(end, acceptFor)
  return end
}

async function dialWhenReady(port: number, readBytes?: number): Promise<End> {
  const isOver = AbortSignal.timeout(START_TIMEOUT_MS)
  for (;;) {
    try {
      return await dial({ port }, readBytes)
    } catch (error) {
      if (isOver.aborted) throw error
      await delay(RETRY_MS)
    }
  }
}

async function listen(): Promise<Server> {
  const server = createServer({ noDelay: true })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

async function freePort(): Promise<number> {
  const server = await listen()
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

function acceptFor(key: string): string {
  return createHash('sha1')
    .update(key + WEBSOCKET_GUID)
    .digest('base64')
}

function isInstalled(program: string): boolean {
  return (
    spawnSync(program, ['-h'], { stdio: 'ignore', timeout: START_TIMEOUT_MS }).error === undefined
  )
}
