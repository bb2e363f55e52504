import type { ForwarderOrder } from './child-server.ts'
import { startEmulator } from './emulator.ts'
import type { ListenerOrder } from './listener-child.ts'
import type { PeerTools } from './peer.ts'
import { plainForm } from './plain-form.ts'
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

/**
 * The product with the application behind it: the handler that the backend of the proxies runs, served by the client
 * library's `createServer` in place of node:http's.
 */
const PRODUCT_HTTP = productKind(PRODUCT.name, () => ({}))
/** One hop more: the listener asks the backend, as a listener in front of a server that knows nothing of relays. */
const PRODUCT_FORWARDING = productKind('relay-emulator, listener forwards', (backendPort) => ({
  backendPort,
}))

/** `@fastify/http-proxy`. */
export const FASTIFY_PROXY = proxyKind('@fastify/http-proxy', 'fastify-proxy-child')

/** The peers of the scenario `http`. */
export const HTTP_PEERS: readonly HttpPeerKind[] = [
  PRODUCT_HTTP,
  { ...PRODUCT_FORWARDING, isExtra: true },
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
