import { readParameter, readRejection } from '../../protocol/parameters.ts'
import { type Reply, answer } from './answer.ts'
import { checkHandshake } from './handshake.ts'
import type { RelayCall, RelayDeps } from './relay-call.ts'
import { SECRET_PARAMETER } from './rendezvous-place.ts'
import type { UpgradeBridge } from './upgrade-bridge.ts'

/**
 * A listener dials the address it was offered: to accept, or to reject with a status. An address is good once.
 * Source: relay-protocol 4.3, 4.5. Throws RelayError for what the listener is to be told.
 */
export function acceptRoute(
  call: RelayCall,
  reply: Reply,
  bridge: UpgradeBridge,
  deps: RelayDeps,
): void {
  const { request, target, remote } = call
  checkHandshake(request)
  const rejection = readRejection(target.query)
  const offer = deps.rendezvous.take(
    readParameter(target.query, SECRET_PARAMETER),
    readParameter(target.query, 'sb-hc-id'),
  )
  if (!rejection) {
    call.fact({
      type: 'accepted',
      level: 'debug',
      operation: 'ListenerAcceptingConnection',
      message: 'the listener dialled the rendezvous',
    })
    const joined = { request, upgrade: bridge.take(request), remote }
    offer.settle({ kind: 'joined', joined })
    return
  }
  offer.settle({
    kind: 'rejected',
    status: rejection.statusCode,
    description: rejection.statusDescription,
  })
  answer(reply, { status: 410, reason: 'Gone' })
}
