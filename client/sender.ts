import { randomUUID } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import type { Agent, AgentOptions } from 'node:http'
import { readTarget, sendAddress } from '../protocol/addresses.ts'
import type { HeaderList } from '../protocol/headers.ts'
import { filterQuery } from '../protocol/query-filter.ts'
import { followSignals } from './abort-link.ts'
import { type ConnectionInfo, headerOf } from './connection-info.ts'
import { CurrentToken } from './current-token.ts'
import { type Dialled, Dialer } from './dialer.ts'
import { type RelayClientOptions, type RelayEndpoint, readEndpoint } from './endpoint.ts'
import { RelayClientError } from './errors.ts'
import type { FrameSocket } from './frame-socket.ts'
import { type HeadersInput, headerLines, protocolTokens } from './handshake.ts'
import { TOKEN_HEADER, relayAgent } from './http-agent.ts'
import { HybridStream } from './hybrid-stream.ts'
import { RelayWebSocket } from './relay-web-socket.ts'
import { type RuntimeInformation, fetchRuntimeInformation } from './runtime-information.ts'
import { tokenFrom } from './token-provider.ts'
import { type FetchDispatcher, type RelayDispatcher, relayDispatcher } from './undici-dispatcher.ts'

export type SenderOptions = RelayClientOptions & {
  /** How long connecting may take, the listener's answer included, ms. Default 70,000, as the official clients. */
  readonly connectTimeoutMs?: number | undefined
}

export type ConnectOptions = {
  /** Appended to the entity's path, e.g. `/rooms/1`; the listener sees it in the connection's `url`. */
  readonly path?: string | undefined
  /** Raw query without `?`, escaped, which the listener sees. */
  readonly query?: string | undefined
  /** Headers of the handshake, which the listener sees. */
  readonly headers?: HeadersInput | undefined
  /** Sub-protocols, the dearest first. */
  readonly protocols?: string | readonly string[] | undefined
  /** GUID that becomes the id of the connection. A random one by default. */
  readonly id?: string | undefined
  /** Gives up connecting; it has no meaning for an open connection. */
  readonly signal?: AbortSignal | undefined
  /** Overrides the sender's `connectTimeoutMs`. */
  readonly timeoutMs?: number | undefined
}

/** Source: relay-protocol 4.1. */
const CONNECT_TIMEOUT_MS = 70_000

/** Makes a sender for a hybrid connection. It opens nothing by itself. */
export function createSender(options: SenderOptions): RelaySender {
  return new RelaySender(options)
}

/** Reaches the listeners of a hybrid connection. Made by `createSender`. */
export class RelaySender implements AsyncDisposable {
  readonly endpoint: RelayEndpoint
  readonly #options: SenderOptions
  readonly #dialer: Dialer
  readonly #closing = new AbortController()
  #token: Promise<CurrentToken> | undefined
  readonly #agents = new Set<Agent>()
  readonly #dispatchers = new Set<RelayDispatcher>()

  constructor(options: SenderOptions) {
    this.endpoint = readEndpoint(options)
    this.#options = options
    // Every connection that is being opened listens to it.
    setMaxListeners(0, this.#closing.signal)
    const isPlainAllowed = this.endpoint.scheme === 'ws'
    this.#dialer = new Dialer({ ca: options.ca, zeroMask: options.zeroMask, isPlainAllowed })
  }

  /**
   * Opens a relayed connection as a stream of bytes. Rejects with a RelayClientError whose `code` says why, or with
   * `signal.reason`.
   */
  async connect(options: ConnectOptions = {}): Promise<HybridStream> {
    const { frames, info } = await this.#open(options)
    return new HybridStream(frames, info)
  }

  /** Opens a relayed connection that keeps messages apart; a longer message than `maxMessageBytes` closes it with 1009. */
  async connectWebSocket(
    options: ConnectOptions & { readonly maxMessageBytes?: number } = {},
  ): Promise<RelayWebSocket> {
    const { maxMessageBytes } = options
    const { frames, info } = await this.#open(options)
    return new RelayWebSocket(
      frames,
      info,
      maxMessageBytes === undefined ? {} : { maxMessageBytes },
    )
  }

  /**
   * Opens a relayed connection at the level of frames, for `joinTunnel`: what it reads lies in memory that is used
   * again. Rejects as {@link RelaySender.connect}.
   */
  async openTunnel(options: Pick<ConnectOptions, 'signal'> = {}): Promise<FrameSocket> {
    const { frames } = await this.#open(options, true)
    return frames
  }

  /** The address of HTTP requests, e.g. `https://HOST/ENTITY/api?x=1` for `/api?x=1`. */
  url(path = ''): string {
    const { scheme, host, entityPath } = this.endpoint
    const escaped = entityPath.split('/').map(encodeURIComponent).join('/')
    const rest = path === '' || path.startsWith('/') || path.startsWith('?') ? path : `/${path}`
    return `${scheme === 'wss' ? 'https' : 'http'}://${host}/${escaped}${rest}`
  }

  /** An agent for `http.request` or `https.request`, as the scheme of {@link RelaySender.url} is. Ends with `close`. */
  async httpAgent(options?: AgentOptions): Promise<Agent> {
    const token = await this.#currentToken()
    const agent = relayAgent(this.endpoint, () => this.#dialer.secureContext, token, options)
    this.#agents.add(agent)
    return agent
  }

  /**
   * A dispatcher for `fetch` and undici. Needs the package undici; ends with `close`. In TypeScript `Wanted` is how its
   * user calls it: what the global `fetch` takes, or undici's own `Dispatcher`.
   */
  async dispatcher<Wanted = FetchDispatcher>(): Promise<RelayDispatcher & Wanted> {
    const token = await this.#currentToken()
    const dispatcher = await relayDispatcher(this.endpoint, () => this.#dialer.secureContext, token)
    this.#dispatchers.add(dispatcher)
    return dispatcher as RelayDispatcher & Wanted
  }

  /** Reads what the relay knows of the hybrid connection: user metadata, number of listeners. */
  async runtimeInformation(
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<RuntimeInformation> {
    return fetchRuntimeInformation({
      endpoint: this.endpoint,
      secureContext: () => this.#dialer.secureContext,
      ...options,
    })
  }

  /** Ends agents and dispatchers, and connects no more. Open connections stay. */
  async close(): Promise<void> {
    this.#closing.abort(new RelayClientError('RELAY_CLIENT_CLOSED', 'The sender was closed.'))
    const token = await this.#token?.catch(() => undefined)
    token?.stop()
    for (const agent of this.#agents) agent.destroy()
    await Promise.all([...this.#dispatchers].map((dispatcher) => dispatcher.destroy()))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #open(
    options: ConnectOptions,
    reusesReads = false,
  ): Promise<{ frames: FrameSocket; info: ConnectionInfo }> {
    const { path = '', query = '', id = randomUUID() } = options
    const { scheme, host, entityPath } = this.endpoint
    const headers = headerLines(options.headers)
    const protocols = protocolTokens(options.protocols)
    if (/[\s#\x00-\x1f\x7f]/.test(query)) {
      throw new TypeError('a query is raw: escape blanks, controls and # with encodeURIComponent')
    }
    const fullPath = `${entityPath}${path === '' || path.startsWith('/') ? path : `/${path}`}`
    const address = sendAddress({ scheme, host, path: fullPath, query, id })
    const dialled = await this.#dial(address, { ...options, headers, protocols, reusesReads })
    const info = {
      id: headerOf(dialled.headers, 'TrackingId') ?? id,
      url: urlOf(address),
      protocol: dialled.protocol,
      headers: dialled.headers,
      remoteEndpoint: undefined,
    }
    return { frames: dialled.frames, info }
  }

  async #dial(
    address: string,
    options: Pick<ConnectOptions, 'signal' | 'timeoutMs'> & {
      readonly headers: HeaderList
      readonly protocols: readonly string[]
      readonly reusesReads: boolean
    },
  ): Promise<Dialled> {
    const { audience, tokenProvider, userAgent } = this.endpoint
    const { headers, protocols, reusesReads } = options
    const { signal, release } = followSignals(options.signal, this.#closing.signal)
    try {
      const token = tokenProvider && (await tokenFrom(tokenProvider, audience, signal))
      return await this.#dialer.dial(address, {
        headers: [
          ...headers,
          ['Relay-User-Agent', userAgent],
          ...(token ? [[TOKEN_HEADER, token.token] as const] : []),
        ],
        protocols,
        asked: 'listener',
        signal,
        reusesReads,
        timeoutMs: options.timeoutMs ?? this.#options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
      })
    } finally {
      release()
    }
  }

  /** One token serves all agents and dispatchers. */
  #currentToken(): Promise<CurrentToken | undefined> {
    const { tokenProvider, audience } = this.endpoint
    if (!tokenProvider) return Promise.resolve(undefined)
    this.#token ??= CurrentToken.open(tokenProvider, audience, this.#closing.signal).catch(
      (error: unknown) => {
        // A later call asks the provider again.
        this.#token = undefined
        throw error
      },
    )
    return this.#token
  }
}

function urlOf(address: string): string {
  const { path, query } = readTarget(address)
  const kept = filterQuery(query)
  return `/${path}${kept === '' ? '' : `?${kept}`}`
}
