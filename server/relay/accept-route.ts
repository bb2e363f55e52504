import type { FastifyReply } from 'fastify'
import { readParameter, readRejection } from '../../protocol/parameters.ts'
import { answer } from './answer.ts'
import { checkHandshake } from './handshake.ts'
import type { RelayCall, RelayDeps } from './relay-call.ts'
import type { UpgradeBridge } from './upgrade-bridge.ts'

/** Name of the parameter that makes a rendezvous address a credential. */
const SECRET = 'sb-hc-rendezvous'

/**
 * A listener dials the address it was offered: to accept, or to reject with a status. An address is good once.
 * Source: relay-protocol 4.3, 4.5. Throws RelayError for what the listener is to be told.
 */
export function acceptRoute(
  call: RelayCall,
  reply: FastifyReply,
  bridge: UpgradeBridge,
  deps: RelayDeps,
): void {
  const { request, target } = call
  checkHandshake(request)
  const rejection = readRejection(target.query)
  const offer = deps.rendezvous.take(
    readParameter(target.query, SECRET),
    readParameter(target.query, 'sb-hc-id'),
  )
  if (!rejection) {
    call.fact({
      type: 'accepted',
      level: 'debug',
      operation: 'ListenerAcceptingConnection',
      message: 'the listener dialled the rendezvous',
    })
    reply.hijack()
    offer.settle({ kind: 'joined', joined: { request, upgrade: bridge.take(request) } })
    return
  }
  offer.settle({
    kind: 'rejected',
    status: rejection.statusCode,
    description: rejection.statusDescription,
  })
  answer(reply, { status: 410, reason: 'Gone' })
}
