import { checkContentType, checkOrigin, checkToken, type GuardedRequest } from '../console/guard.ts'
import { AgentError } from './agent-error.ts'

/**
 * Throws what a request is refused with before its route runs: a `Host` other than loopback with the API's own port, a
 * foreign `Origin`, a body that is not JSON, a missing or wrong bearer token. Source: dashboard 5 and 8.
 */
export function controlGuard(
  request: Omit<GuardedRequest, 'scheme'>,
  { port, token }: { readonly port: number; readonly token: string },
): void {
  const { method, headers } = request
  const host = String(headers['host'] ?? '').toLowerCase()
  if (!LOOPBACK.some((name) => host === `${name}:${port}`)) {
    throw new AgentError('RELAY_HOST_REFUSED', 'only loopback names are answered here', {
      target: 'header',
    })
  }
  const refusal =
    checkOrigin({ method, scheme: 'http', headers }) ??
    checkToken(headers['authorization'] as string | undefined, token) ??
    checkContentType(method, headers['content-type'] as string | undefined)
  if (refusal) throw new AgentError(refusal.code, refusal.message, { target: 'header' })
}

const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]']
