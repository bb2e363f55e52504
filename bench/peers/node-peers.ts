import { randomBytes } from 'node:crypto'
import { dial, upgrade, type Target } from '../lib/end.ts'
import type { GuardedRelayOrder, RelayOrder } from './child-server.ts'
import type { PeerKind, PeerTools, Transport, Tunnel } from './peer.ts'
import { connectListener } from './rendezvous-peer.ts'
import { startChild } from './start-child.ts'
import { tokenFor } from './token.ts'

/** `a.pipe(b); b.pipe(a)` on two accepted sockets, over TCP or TLS. It makes no handshake of its own. */
export const RAW_PIPE: PeerKind = {
  ...nodePeer('raw pipe', 'raw-pipe-child', async (target, readBytes) => {
    const listener = await dial(target, readBytes)
    const start = performance.now()
    const sender = await dial(target, readBytes)
    return { sender, listener, handshakeMs: performance.now() - start, isListenerFramed: true }
  }),
  scenarios: ['throughput', 'latency', 'idle', 'slow'],
}

/** A ws server that passes each message to `send`, with pause and resume. */
export const NAIVE: PeerKind = {
  ...nodePeer('naive ws', 'naive-child', openByArrival),
  scenarios: ['throughput', 'latency', 'idle', 'slow'],
}

/** The same under the name that says what it leaves out when tunnels are opened: all but two bare handshakes. */
export const NAIVE_BY_ARRIVAL: PeerKind = {
  ...nodePeer('naive ws, pairing by arrival', 'naive-child', openByArrival),
  scenarios: ['connect'],
}

/** A relay built from ws alone that does the whole job of a connect: see its module. */
export const NAIVE_RENDEZVOUS: PeerKind = {
  name: 'naive ws rendezvous',
  transports: ['ws', 'wss'],
  isRunPerTunnel: false,
  missing: () => undefined,
  scenarios: ['connect'],
  start: async (transport, tools) => {
    const key = randomBytes(32).toString('base64')
    const order = { transport, certificate: tools.certificate, key } satisfies GuardedRelayOrder
    const { child, port } = await startChild('naive-rendezvous-child', order, tools)
    const token = tokenFor('localhost', 'naive', key)
    return connectListener({
      name: NAIVE_RENDEZVOUS.name,
      pid: child.pid,
      target: targetOf(port, transport, tools),
      listenToken: token,
      sendToken: token,
      stop: () => tools.children.stop(child),
    })
  },
}

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
      const order = { transport, certificate: tools.certificate } satisfies RelayOrder
      const { child, port } = await startChild(module, order, tools)
      const target = targetOf(port, transport, tools)
      return {
        name,
        pid: child.pid,
        open: (readBytes) => open(target, readBytes),
        close: () => tools.children.stop(child),
      }
    },
  }
}

async function openByArrival(target: Target, readBytes?: number): Promise<Tunnel> {
  const listener = await dial(target, readBytes)
  await upgrade(listener, '/listener')
  const start = performance.now()
  const sender = await dial(target, readBytes)
  await upgrade(sender, '/sender')
  return { sender, listener, handshakeMs: performance.now() - start, isListenerFramed: true }
}

function targetOf(port: number, transport: Transport, { certificate }: PeerTools): Target {
  return { port, ca: transport === 'wss' ? certificate.ca : undefined }
}
