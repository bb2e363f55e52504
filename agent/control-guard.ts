import {
  bearerOf,
  checkContentType,
  checkOrigin,
  checkToken,
  type GuardedRequest,
} from '../console/guard.ts'
import type { Sessions } from '../console/session.ts'
import { isSameSecret } from '../protocol/secret.ts'
import { AgentError } from './agent-error.ts'

/**
 * What a route asks of who calls it: `anyone` for files of the page and for giving a code in, `feed` for what gets its
 * token in a first message, `user` for a session of the page or the secret of the state folder, `owner` for that alone.
 */
export type Access = 'anyone' | 'feed' | 'user' | 'owner'

/**
 * Throws what a request is refused with before its route runs: a `Host` other than loopback with the API's own port, a
 * foreign `Origin`, a body that is not JSON, a missing or wrong bearer token. Source: dashboard 5 and 8.
 */
export function controlGuard(
  request: Omit<GuardedRequest, 'scheme'>,
  access: Access,
  own: ControlDoor & { readonly port: number },
): void {
  const { method, headers } = request
  const host = String(headers['host'] ?? '').toLowerCase()
  if (!LOOPBACK.some((name) => host === `${name}:${own.port}`)) {
    throw new AgentError('RELAY_HOST_REFUSED', 'only loopback names are answered here', {
      target: 'header',
    })
  }
  const refusal =
    checkOrigin({ method, scheme: 'http', headers }, access === 'feed') ??
    checkBearer(headers['authorization'] as string | undefined, access, own) ??
    checkContentType(method, headers['content-type'] as string | undefined)
  if (!refusal) return
  const next = refusal.code === 'RELAY_ADMIN_TOKEN_REQUIRED' ? 'hcm ui' : undefined
  throw new AgentError(refusal.code, refusal.message, { target: 'header', next })
}

/** Who may come in. */
export type ControlDoor = {
  /** The secret that the state folder holds. */
  readonly token: string
  readonly sessions: Pick<Sessions, 'holds'>
}

/** Whether the token of a feed's first message is good. */
export function isUser(token: string | null, { token: secret, sessions }: ControlDoor): boolean {
  return token !== null && (isSameSecret(secret, token) || sessions.holds(token))
}

function checkBearer(authorization: string | undefined, access: Access, own: ControlDoor) {
  if (access === 'anyone' || access === 'feed') return undefined
  if (access === 'user' && isUser(bearerOf(authorization) ?? null, own)) return undefined
  return checkToken(authorization, own.token)
}

const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]']
