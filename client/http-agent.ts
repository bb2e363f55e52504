import { type Agent, type AgentOptions, type ClientRequest, Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { SecureContext } from 'node:tls'
import type { RelayEndpoint } from './endpoint.ts'

/** Gives the token to send now; undefined for an anonymous sender. */
export type TokenSource = { readonly text: string } | undefined

/** Name of the header that carries a token to the relay and no further (relay-protocol 2.4). */
export const TOKEN_HEADER = 'ServiceBusAuthorization'

/** What Node's agents have and its types leave out. */
type WithAddRequest = {
  addRequest(request: ClientRequest, options: object, ...rest: unknown[]): void
}

/**
 * A node:http(s) agent whose requests go to the relay of `endpoint`, whatever host their URL names, with the token
 * that is in force. Requests whose headers were given as an array are already written and cannot get one.
 */
export function relayAgent(
  endpoint: RelayEndpoint,
  context: () => SecureContext,
  token: TokenSource,
  options: AgentOptions = {},
): Agent {
  const { scheme, hostname, port, host, userAgent } = endpoint
  // The agent's own options win over those of the request, so every request is led to the one endpoint.
  const place = {
    host: /\.localhost$/i.test(hostname) ? 'localhost' : hostname,
    port,
    servername: hostname,
  }
  const agent: Agent =
    scheme === 'wss'
      ? new HttpsAgent({ keepAlive: true, ...options, secureContext: context() })
      : new HttpAgent({ keepAlive: true, ...options })
  const inner = agent as Agent & WithAddRequest
  const addRequest = inner.addRequest.bind(agent)
  inner.addRequest = (request, requestOptions) => {
    request.setHeader('Host', host)
    if (!request.hasHeader('Relay-User-Agent')) request.setHeader('Relay-User-Agent', userAgent)
    if (token) request.setHeader(TOKEN_HEADER, token.text)
    addRequest(request, { ...requestOptions, ...place })
  }
  return agent
}
