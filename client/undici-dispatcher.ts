import { dialledHost, serverName } from './dialled-host.ts'
import type { RelayEndpoint } from './endpoint.ts'
import { RelayClientError } from './errors.ts'
import { TOKEN_HEADER, type TokenSource } from './http-agent.ts'

/** What this library says of undici's `Dispatcher`; what comes is a whole one, with `compose` and all. */
export interface RelayDispatcher {
  dispatch(options: DispatchOptions, handler: object): boolean
  close(): Promise<void>
  destroy(error?: Error | null): Promise<void>
}

/** What the global `fetch` takes as a dispatcher, by the types of the program that imports this. */
export type FetchDispatcher = RequestInit extends { dispatcher?: infer Found }
  ? NonNullable<Found>
  : unknown

type DispatchOptions = { readonly headers?: unknown; readonly [member: string]: unknown }
type AgentClass = new (options: object) => RelayDispatcher

/**
 * An undici dispatcher whose requests go to the relay of `endpoint`, whatever origin their URL names, with the token
 * that is in force. undici is loaded now; it is no dependency, so its absence is RELAY_OPTIONS_INVALID.
 */
export async function relayDispatcher(
  endpoint: RelayEndpoint,
  secureContext: () => object,
  token: TokenSource,
): Promise<RelayDispatcher> {
  const { scheme, hostname, host, port, userAgent } = endpoint
  const Agent = await loadAgent()
  const connect =
    scheme === 'wss' ? { secureContext: secureContext(), servername: serverName(hostname) } : {}
  const dialled = dialledHost(hostname) === hostname ? host : `${dialledHost(hostname)}:${port}`
  const origin = `${scheme === 'wss' ? 'https' : 'http'}://${dialled}`
  class RelayAgent extends Agent {
    override dispatch(options: DispatchOptions, handler: object): boolean {
      const headers = headerPairs(options.headers).filter(
        ([name]) => !['host', TOKEN_HEADER.toLowerCase()].includes(name.toLowerCase()),
      )
      headers.push(['Host', host])
      if (!headers.some(([name]) => name.toLowerCase() === 'relay-user-agent')) {
        headers.push(['Relay-User-Agent', userAgent])
      }
      if (token) headers.push([TOKEN_HEADER, token.text])
      return super.dispatch({ ...options, origin, headers: headers.flat() }, handler)
    }
  }
  return new RelayAgent({ connect })
}

async function loadAgent(): Promise<AgentClass> {
  const name: string = 'undici'
  try {
    return ((await import(name)) as { Agent: AgentClass }).Agent
  } catch (cause) {
    throw new RelayClientError(
      'RELAY_OPTIONS_INVALID',
      'The dispatcher needs the package undici: npm install undici.',
      { cause },
    )
  }
}

/** undici takes headers as a flat list, as pairs, or as an object whose values may be lists. */
function headerPairs(headers: unknown): [string, string][] {
  if (headers === null || headers === undefined) return []
  if (Array.isArray(headers)) {
    const flat = headers as string[]
    return Array.from({ length: flat.length / 2 }, (_, index) => [
      String(flat[index * 2]),
      String(flat[index * 2 + 1]),
    ])
  }
  const entries =
    Symbol.iterator in (headers as object)
      ? [...(headers as Iterable<[string, unknown]>)]
      : Object.entries(headers as Record<string, unknown>)
  return entries.flatMap(([name, value]) => {
    const values = (Array.isArray(value) ? value : [value]) as readonly (
      string | null | undefined
    )[]
    return values
      .filter((each) => each !== undefined && each !== null)
      .map((each): [string, string] => [name, String(each)])
  })
}
