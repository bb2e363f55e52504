import { once } from 'node:events'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { within } from '../lib/deadline.ts'
import { dial, upgrade, type Target } from '../lib/end.ts'
import type { ChildAnswer, ChildOrder } from './child-server.ts'
import type { PeerKind, PeerTools, Transport, Tunnel } from './peer.ts'

const START_TIMEOUT_MS = 15_000

/** `a.pipe(b); b.pipe(a)` on two accepted sockets, over TCP or TLS. */
export const RAW_PIPE = nodePeer('raw pipe', 'raw-pipe-child', async (target, readBytes) => {
  const listener = await dial(target, readBytes)
  const start = performance.now()
  const sender = await dial(target, readBytes)
  return { sender, listener, handshakeMs: performance.now() - start, isListenerFramed: true }
})

/** A ws server that passes each message to `send`, with pause and resume. */
export const NAIVE = nodePeer('naive ws', 'naive-child', async (target, readBytes) => {
  const listener = await dial(target, readBytes)
  await upgrade(listener, '/listener')
  const start = performance.now()
  const sender = await dial(target, readBytes)
  await upgrade(sender, '/sender')
  return { sender, listener, handshakeMs: performance.now() - start, isListenerFramed: true }
})

function nodePeer(
  name: string,
  module: string,
  open: (target: Target, readBytes?: number) => Promise<Tunnel>,
): PeerKind {
  return {
    name,
    transports: ['ws', 'wss'],
    isRunPerTunnel: false,
    missing: () => undefined,
    start: async (transport, tools) => {
      const { child, target } = await startChild(module, transport, tools)
      return {
        name,
        pid: child.pid,
        open: (readBytes) => open(target, readBytes),
        close: () => tools.children.stop(child),
      }
    },
  }
}

async function startChild(module: string, transport: Transport, tools: PeerTools) {
  const { children, certificate } = tools
  // Compiled or not, the child has the same kind of file as this module.
  const script = fileURLToPath(new URL(module + extname(import.meta.url), import.meta.url))
  const child = await children.startNode(script, [], {
    ipc: true,
    // ws takes a native masking library if one happens to lie in node_modules; a plain install has none.
    env: { WS_NO_BUFFER_UTIL: '1' },
  })
  const answer = once(child.process, 'message')
  child.process.send({ transport, certificate } satisfies ChildOrder)
  const [{ port }] = (await within(answer, START_TIMEOUT_MS, `the start of ${module}`)) as [
    ChildAnswer,
  ]
  const target: Target = { port, ca: transport === 'wss' ? certificate.ca : undefined }
  return { child, target }
}
