import { isIP } from 'node:net'
import { isSameSecret } from '../protocol/secret.ts'

/** Why a request is turned away before its route sees it. */
export type Refusal = {
  readonly status: 401 | 403 | 415
  readonly code:
    | 'RELAY_HOST_REFUSED'
    | 'RELAY_ORIGIN_REFUSED'
    | 'RELAY_ADMIN_TOKEN_REQUIRED'
    | 'RELAY_CONTENT_TYPE'
  readonly message: string
}

/** What the decisions look at. Header names are in lower case, as Node gives them. */
export type GuardedRequest = {
  readonly method: string
  readonly scheme: 'http' | 'https'
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
}

/**
 * Refuses a `Host` that a rebound DNS name could carry: all but `localhost`, `*.localhost`, an IP literal and
 * `allowedHosts` (names without port, any case). Source: dashboard 8.
 */
export function checkHost(
  host: string | undefined,
  allowedHosts: readonly string[],
): Refusal | undefined {
  const name = hostName(host ?? '')
  if (name !== undefined && (isLocal(name) || isAllowed(name, allowedHosts))) return undefined
  const given = host === undefined ? 'a missing Host header' : `Host ${JSON.stringify(cut(host))}`
  return { status: 403, code: 'RELAY_HOST_REFUSED', message: `${given} is not allowed here` }
}

/**
 * Refuses what a foreign page sends: an `Origin` other than scheme and Host of the request, `null` included, or
 * a `Sec-Fetch-Site` other than `same-origin`. GET and HEAD pass (they change nothing), but not when
 * `isUpgrade`. A request without both headers comes from a tool and passes. Source: dashboard 8.
 */
export function checkOrigin(request: GuardedRequest, isUpgrade = false): Refusal | undefined {
  const { method, scheme, headers } = request
  if (!isUpgrade && (method === 'GET' || method === 'HEAD')) return undefined
  const own = `${scheme}://${withoutDefaultPort(String(headers['host']), scheme)}`.toLowerCase()
  const origin = headers['origin']
  if (origin !== undefined && String(origin).toLowerCase() !== own) {
    return originRefusal(
      `Origin ${JSON.stringify(cut(String(origin)))} may not change anything here`,
    )
  }
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin') {
    return originRefusal('a request of another site may not change anything here')
  }
  return undefined
}

/**
 * Refuses a POST, PUT or PATCH that is not `application/json`, one without a body too: a page elsewhere can send
 * it only after a preflight, and that is never granted. Source: dashboard 8.
 */
export function checkContentType(
  method: string,
  contentType: string | undefined,
): Refusal | undefined {
  if (method !== 'POST' && method !== 'PUT' && method !== 'PATCH') return undefined
  const mediaType = contentType?.split(';', 1)[0]?.trim().toLowerCase()
  if (mediaType === 'application/json') return undefined
  const message = `${method} needs the header Content-Type: application/json`
  return { status: 415, code: 'RELAY_CONTENT_TYPE', message }
}

/**
 * Refuses a request without `Authorization: Bearer TOKEN`, in constant time. An empty `token` asks for none; what
 * `hasSession` answers true to is as good as it.
 */
export function checkToken(
  authorization: string | undefined,
  token: string,
  hasSession: (given: string) => boolean = () => false,
): Refusal | undefined {
  if (token === '') return undefined
  const given = bearerOf(authorization)
  if (given !== undefined && (isSameSecret(token, given) || hasSession(given))) return undefined
  const message =
    given === undefined ? 'the header Authorization: Bearer is missing' : 'the admin token is wrong'
  return { status: 401, code: 'RELAY_ADMIN_TOKEN_REQUIRED', message }
}

/** What an `Authorization` header carries; undefined for none, or of another scheme. */
export function bearerOf(authorization: string | undefined): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1]
}

/** The name of `name:port` in lower case, an IPv6 literal without brackets; undefined when it is neither. */
function hostName(host: string): string | undefined {
  const parts = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i.exec(host)
  return (parts?.[1] ?? parts?.[2])?.toLowerCase()
}

function isLocal(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost') || isIP(name) !== 0
}

function isAllowed(name: string, allowedHosts: readonly string[]): boolean {
  return allowedHosts.some((allowed) => allowed.toLowerCase() === name)
}

/** Browsers leave the default port out of `Origin`; a tool may have written it into `Host`. */
function withoutDefaultPort(host: string, scheme: 'http' | 'https'): string {
  return host.replace(scheme === 'http' ? /:80$/ : /:443$/, '')
}

function originRefusal(message: string): Refusal {
  return { status: 403, code: 'RELAY_ORIGIN_REFUSED', message }
}

function cut(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}...` : text
}
