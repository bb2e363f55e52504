import { formatConnectionString, parseConnectionString } from '../../protocol/index.ts'
import type { ForwarderOrder } from './child-server.ts'
import { HYBRID_CONNECTION, startEmulator } from './emulator.ts'
import type { ListenerOrder } from './listener-child.ts'
import type { PeerTools } from './peer.ts'
import { PRODUCT } from './product.ts'
import { startChild } from './start-child.ts'
import { tokenFrom } from './token.ts'

/** A running proxy of some make in front of the backend. */
export type HttpPeer = {
  readonly name: string
  readonly pid: number
  readonly port: number
  /** Header lines that requests need. */
  readonly headers: readonly string[]
  /** Programs of its that are no part of the relay: the listener. */
  readonly helpers: readonly number[]
  close(): Promise<void>
}

/** A make of HTTP proxy. */
export type HttpPeerKind = {
  readonly name: string
  /** No goal is measured against it: one repetition is enough. */
  readonly isExtra?: boolean
  start(backendPort: number, tools: PeerTools): Promise<HttpPeer>
}

/** The product with a listener that forwards to the backend. */
const PRODUCT_HTTP = productKind(PRODUCT.name, (backendPort) => ({ backendPort }))

/** `@fastify/http-proxy`. */
export const FASTIFY_PROXY = proxyKind('@fastify/http-proxy', 'fastify-proxy-child')

/** The peers of the scenario `http`. */
export const HTTP_PEERS: readonly HttpPeerKind[] = [
  PRODUCT_HTTP,
  { ...productKind('relay-emulator, listener is the backend', () => ({})), isExtra: true },
  FASTIFY_PROXY,
  proxyKind('node:http proxy', 'node-proxy-child'),
]

function proxyKind(name: string, module: string): HttpPeerKind {
  return {
    name,
    start: async (backendPort, tools) => {
      const order = { backendPort } satisfies ForwarderOrder
      const { child, port } = await startChild(module, order, tools)
      const close = () => tools.children.stop(child)
      return { name, pid: child.pid, port, headers: [], helpers: [], close }
    },
  }
}

/** Plain HTTP as the others; the sender brings a token with each request. */
function productKind(
  name: string,
  orderFor: (backendPort: number) => Omit<ListenerOrder, 'connectionString'>,
): HttpPeerKind {
  return {
    name,
    start: async (backendPort, tools) => {
      const { children } = tools
      const { child, plainPort, ...strings } = await startEmulator(tools)
      try {
        const connectionString = plainForm(strings.listenConnectionString, plainPort)
        const order = { connectionString, ...orderFor(backendPort) } satisfies ListenerOrder
        const listener = await startChild('listener-child', order, tools, { core: 'generator' })
        return {
          name,
          pid: child.pid,
          port: plainPort,
          headers: [`ServiceBusAuthorization: ${tokenFrom(strings.sendConnectionString)}`],
          helpers: [listener.child.pid],
          close: async () => {
            await children.stop(listener.child)
            await children.stop(child)
          },
        }
      } catch (error) {
        await children.stop(child)
        throw error
      }
    },
  }
}

/** The same rights over the emulator's plain port (product 3). */
function plainForm(connectionString: string, port: number): string {
  const { host, sharedAccessKeyName, sharedAccessKey } = parseConnectionString(connectionString)
  const plain = formatConnectionString({
    endpoint: `sb://${host}:${port}/`,
    keyName: sharedAccessKeyName ?? '',
    key: sharedAccessKey ?? '',
    entityPath: HYBRID_CONNECTION,
  })
  return `${plain};UseDevelopmentEmulator=true`
}
