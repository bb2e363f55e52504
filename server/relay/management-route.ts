import { RelayError } from '../../protocol/errors.ts'
import { authorize } from '../auth/authorize.ts'
import { readCredential } from '../auth/token-source.ts'
import { type Reply, answer } from './answer.ts'
import { type RelayCall, type RelayDeps, refusalStatus } from './relay-call.ts'
import { emptyFeed, managementError, runtimeInformationEntry } from './runtime-information.ts'

const ATOM = 'application/atom+xml'

/** True for a management call; `api-version` alone makes none. Source: relay-protocol 7.1. */
export function isManagementCall({ request }: RelayCall): boolean {
  return String(request.headers['x-process-at'] ?? '').toLowerCase() === 'servicebus'
}

/** Answers runtime information, the one management call that there is. */
export async function managementRoute(
  call: RelayCall,
  reply: Reply,
  deps: RelayDeps,
): Promise<void> {
  try {
    const { namespace, hybridConnection, hosts, target, request } = call
    if (request.method !== 'GET') {
      const reason = call.describe('MethodNotAllowed: Only runtime information can be read here.')
      return answer(reply, { status: 405, reason, ...errorBody(405, reason) })
    }
    const claim = deps.limits().runtimeInformationNeedsManage ? 'Manage' : null
    const credential = readCredential('http', request.headers, target.query)
    const { segments } = target
    await authorize(
      { namespace, hosts, segments, hybridConnection, claim, entra: deps.entra },
      credential,
      deps.now(),
    )
    const address = `https://${request.headers.host ?? ''}/${target.path}`
    const name = target.segments.join('/').toLowerCase()
    if (!hybridConnection || hybridConnection.name.toLowerCase() !== name) {
      return answer(reply, {
        status: 200,
        reason: 'OK',
        body: emptyFeed({ address, nowMs: deps.now() }),
        contentType: `${ATOM};type=feed;charset=utf-8`,
      })
    }
    const listenerCount = deps.listeners.of(namespace.name, hybridConnection.name).length
    answer(reply, {
      status: 200,
      reason: 'OK',
      body: runtimeInformationEntry({ namespace, hybridConnection, address, listenerCount }),
      contentType: `${ATOM};type=entry;charset=utf-8`,
    })
  } catch (error) {
    if (!(error instanceof RelayError)) throw error
    const status = refusalStatus(error, deps.limits())
    const reason = call.describe(error.message)
    answer(reply, { status, reason, ...errorBody(status, reason) })
  }
}

function errorBody(status: number, reason: string): { body: string; contentType: string } {
  return { body: managementError(status, reason), contentType: 'application/xml; charset=utf-8' }
}
