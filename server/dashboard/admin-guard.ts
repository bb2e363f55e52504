import type { FastifyRequest } from 'fastify'
import { checkContentType, checkHost, checkOrigin, checkToken } from '../../console/guard.ts'
import type { AdminDeps } from './admin-deps.ts'
import { ApiError } from './api-error.ts'

/** Answered to any `Host`: probes and clients reach the emulator under many names. */
const ANY_HOST: ReadonlySet<string> = new Set([
  '/health/live',
  '/health/ready',
  '/metrics',
  '/ca.pem',
])

/** A browser cannot set a header of its upgrade, so the feed's token comes in its first message. */
const FEED = '/api/v1/feed'

/** Giving a code in needs no token: the code is the proof. */
const SESSION = '/api/v1/session'

/** Managed identity endpoints: a header that no foreign page can set stands in for the content type (product 3). */
const OUTSIDE: readonly string[] = ['/metadata/', '/msi/']

/**
 * Throws what a request is refused with before its route runs. It goes by the route that matched, not by the
 * address: `/%61pi/v1` is the API too. Source: dashboard 8.
 */
export function adminGuard(
  request: FastifyRequest,
  { guard, sessions, isStopping }: Pick<AdminDeps, 'guard' | 'sessions' | 'isStopping'>,
): void {
  const { method, headers } = request
  const route = request.routeOptions.url ?? ''
  const isApi = route.startsWith('/api/')
  const isFeed = route === FEED
  const isLogin = route === SESSION && method === 'POST'
  // A session cannot prolong itself: codes are for who knows the token.
  const hasSession = (given: string) => route !== `${SESSION}/codes` && sessions.holds(given)
  const isOutside = OUTSIDE.some((prefix) => route.startsWith(prefix))
  const refusal =
    (ANY_HOST.has(route) ? undefined : checkHost(headers.host, guard.allowedHosts)) ??
    checkOrigin({ method, scheme: 'http', headers }, isFeed || isOutside) ??
    ((isApi && !isFeed && !isLogin) || route === '/metrics'
      ? checkToken(headers.authorization, guard.token, hasSession)
      : undefined) ??
    (isOutside ? undefined : checkContentType(method, headers['content-type']))
  if (refusal) throw new ApiError(refusal.code, refusal.message)
  if (isApi && method !== 'GET' && method !== 'HEAD' && isStopping()) {
    throw new ApiError('RELAY_STOPPING', 'the emulator is stopping and changes nothing any more')
  }
}
