import { RelayError } from '../../protocol/errors.ts'
import type { NetworkHits } from '../namespace/network-hits.ts'
import { judgeAddress } from '../namespace/network-rules.ts'
import { remoteEndpoint } from './peer.ts'
import type { RelayCall } from './relay-call.ts'

/** Refuses callers whose address the namespace's rules do not admit, before anything else. Source: relay-protocol 8.4. */
export function checkAddress(call: RelayCall, hits: NetworkHits): void {
  const { namespace, request } = call
  if (namespace.networkRules === undefined) return
  const { address } = remoteEndpoint(request)
  const { isAdmitted, rule } = judgeAddress(namespace.networkRules, address)
  if (rule) hits.count(namespace.name, rule)
  if (isAdmitted) return
  const error = new RelayError('RELAY_IP_BLOCKED')
  call.fact({
    type: 'ipBlocked',
    level: 'warning',
    code: error.code,
    message: `${address} may not reach namespace ${namespace.name}`,
  })
  throw error
}
