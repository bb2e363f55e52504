import { type Agent, type AgentOptions, type ClientRequest, Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { SecureContext } from 'node:tls'
import type { HeaderList } from '../protocol/headers.ts'
import { dialledHost, serverName } from './dialled-host.ts'
import type { RelayEndpoint } from './endpoint.ts'

/** Gives the token to send now; undefined for an anonymous sender. */
export type TokenSource = { readonly text: string } | undefined

/** Name of the header that carries a token to the relay and no further (relay-protocol 2.4). */
export const TOKEN_HEADER = 'ServiceBusAuthorization'

/** What Node's agents and requests have and its types leave out. */
type WithAddRequest = {
  addRequest(request: ClientRequest, options: object, ...rest: unknown[]): void
}
type Written = { _header: string; readonly outputData: { data: string | Buffer }[] }

/**
 * A node:http(s) agent whose requests go to the relay of `endpoint`, whatever host their URL names, with the token
 * that is in force.
 */
export function relayAgent(
  endpoint: RelayEndpoint,
  context: () => SecureContext,
  token: TokenSource,
  options: AgentOptions = {},
): Agent {
  const { scheme, hostname, port, host, userAgent } = endpoint
  // The agent's own options win over those of the request, so every request is led to the one endpoint.
  const place = { host: dialledHost(hostname), port, servername: serverName(hostname) }
  const agent: Agent =
    scheme === 'wss'
      ? new HttpsAgent({ keepAlive: true, ...options, secureContext: context() })
      : new HttpAgent({ keepAlive: true, ...options })
  const inner = agent as Agent & WithAddRequest
  const addRequest = inner.addRequest.bind(agent)
  inner.addRequest = (request, requestOptions) => {
    const own: (readonly [string, string])[] = [['Host', host]]
    if (!request.hasHeader('Relay-User-Agent')) own.push(['Relay-User-Agent', userAgent])
    if (token) own.push([TOKEN_HEADER, token.text])
    if (request.headersSent) rewriteHead(request as ClientRequest & Partial<Written>, own)
    else for (const [name, value] of own) request.setHeader(name, value)
    addRequest(request, { ...requestOptions, ...place })
  }
  return agent
}

/**
 * Sets headers of a request whose head is a text already: Node writes it at once for `Expect: 100-continue` and for
 * headers that were given as an array.
 */
function rewriteHead(request: Partial<Written>, own: HeaderList): void {
  const before = request._header
  if (before === undefined) return
  const names = new Set(own.map(([name]) => name.toLowerCase()))
  const [first = '', ...lines] = before.slice(0, before.indexOf('\r\n\r\n')).split('\r\n')
  const kept = lines.filter((line) => !names.has(line.slice(0, line.indexOf(':')).toLowerCase()))
  const after = `${[first, ...own.map((pair) => pair.join(': ')), ...kept].join('\r\n')}\r\n\r\n`
  request._header = after
  const piece = request.outputData?.[0]
  if (typeof piece?.data === 'string' && piece.data.startsWith(before)) {
    piece.data = after + piece.data.slice(before.length)
  }
}
