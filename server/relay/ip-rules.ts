import { RelayError } from '../../protocol/errors.ts'
import { admitsAddress } from '../namespace/network-rules.ts'
import { remoteEndpoint } from './peer.ts'
import type { RelayCall } from './relay-call.ts'

/** Refuses callers whose address the namespace's rules do not admit, before anything else. Source: relay-protocol 8.4. */
export function checkAddress({ namespace, request, fact }: RelayCall): void {
  const { address } = remoteEndpoint(request)
  if (admitsAddress(namespace.networkRules, address)) return
  const error = new RelayError('RELAY_IP_BLOCKED')
  fact({
    type: 'ipBlocked',
    level: 'warning',
    code: error.code,
    message: `${address} may not reach namespace ${namespace.name}`,
  })
  throw error
}
