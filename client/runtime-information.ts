import { type RequestOptions, request as requestPlain } from 'node:http'
import { request as requestTls } from 'node:https'
import { isIP } from 'node:net'
import type { SecureContext } from 'node:tls'
import type { RelayEndpoint } from './endpoint.ts'
import { RelayClientError, refusalError, unreachableError } from './errors.ts'
import { tokenFrom } from './token-provider.ts'

/** What the relay knows of a hybrid connection. Source: relay-protocol 7.1. */
export type RuntimeInformation = {
  /** Name of the namespace, which a host of one's own does not show; '' when the relay does not say. */
  readonly namespace: string
  readonly requiresClientAuthorization: boolean
  /** As stored, '' when there is none; see `readEndpoint` of `relay-emulator/protocol` for its endpoint. */
  readonly userMetadata: string
  readonly listenerCount: number
  /** ISO 8601, '' when the relay does not say. */
  readonly createdAt: string
  readonly updatedAt: string
}

export type RuntimeInformationOptions = {
  readonly endpoint: RelayEndpoint
  readonly secureContext: () => SecureContext
  readonly signal?: AbortSignal | undefined
}

const TIMEOUT_MS = 30_000
const MAX_ANSWER_BYTES = 1024 * 1024

/** Asks the relay. Rejects with a RelayClientError, RELAY_ENTITY_UNKNOWN when there is no such entity. */
export async function fetchRuntimeInformation(
  options: RuntimeInformationOptions,
): Promise<RuntimeInformation> {
  const { endpoint, secureContext } = options
  const { tokenProvider, audience, host, hostname, port, scheme, entityPath } = endpoint
  const limit = AbortSignal.timeout(TIMEOUT_MS)
  const signal = options.signal ? AbortSignal.any([options.signal, limit]) : limit
  const token = tokenProvider && (await tokenFrom(tokenProvider, audience, signal))
  const answer = await get({
    isTls: scheme === 'wss',
    host,
    request: {
      host: /\.localhost$/i.test(hostname) ? 'localhost' : hostname,
      port,
      path: `/${entityPath.split('/').map(encodeURIComponent).join('/')}?api-version=2016-07`,
      headers: {
        Host: host,
        'X-PROCESS-AT': 'ServiceBus',
        ...(token && { Authorization: token.token }),
      },
      agent: false,
      signal,
      ...(scheme === 'wss' && { secureContext: secureContext() }),
      ...(scheme === 'wss' && isIP(hostname) === 0 && { servername: hostname }),
    },
  })
  if (answer.status !== 200) {
    throw refusalError(answer.status, textOf(answer.body, 'Detail') || answer.reason, 'relay')
  }
  // The service answers an unknown path with an empty feed in place of an entry.
  if (!/<HybridConnectionDescription[\s>]/.test(answer.body)) {
    throw refusalError(404, `Endpoint does not exist. SystemTracker:${host}:${entityPath}`, 'relay')
  }
  const [author = ''] = /<author>.*?<\/author>/s.exec(answer.body) ?? []
  return {
    namespace: textOf(author, 'name'),
    requiresClientAuthorization: textOf(answer.body, 'RequiresClientAuthorization') !== 'false',
    userMetadata: textOf(answer.body, 'UserMetadata'),
    listenerCount: Number(textOf(answer.body, 'ListenerCount')) || 0,
    createdAt: textOf(answer.body, 'CreatedAt'),
    updatedAt: textOf(answer.body, 'UpdatedAt'),
  }
}

type Answer = { readonly status: number; readonly reason: string; readonly body: string }

function get(call: { isTls: boolean; host: string; request: RequestOptions }): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      if (error.name === 'AbortError') reject((call.request.signal as AbortSignal).reason as Error)
      else reject(unreachableError(call.host, error))
    }
    const send = call.isTls ? requestTls : requestPlain
    const request = send(call.request, (response) => {
      const chunks: Buffer[] = []
      let bytes = 0
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > MAX_ANSWER_BYTES) {
          request.destroy()
          reject(new RelayClientError('RELAY_PROTOCOL', 'The runtime information is endless.'))
        }
        chunks.push(chunk)
      })
      response.on('error', fail)
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          reason: response.statusMessage ?? '',
          body: Buffer.concat(chunks).toString('utf8'),
        }),
      )
    })
    request.on('error', fail)
    request.end()
  })
}

const ENTITIES: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  amp: '&',
}

/** The text of the first element of this name; '' when there is none. The answer is flat, so no XML parser is needed. */
function textOf(xml: string, name: string): string {
  const raw = new RegExp(`<${name}(?:\\s[^>]*)?>([^<]*)</${name}>`).exec(xml)?.[1] ?? ''
  return raw.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal, hex, named) => {
    if (decimal) return String.fromCodePoint(Number(decimal))
    if (hex) return String.fromCodePoint(Number.parseInt(String(hex), 16))
    return ENTITIES[String(named)] ?? String(whole)
  })
}
