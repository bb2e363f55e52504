import { NAIVE, NAIVE_BY_ARRIVAL, NAIVE_RENDEZVOUS, RAW_PIPE } from './node-peers.ts'
import type { PeerKind } from './peer.ts'
import { PRODUCT, QUIET_PRODUCT } from './product.ts'
import { PROXY_PEERS } from './proxies.ts'

/** Every make of relay for WebSockets. Each scenario asks those that it fits. */
export const PEERS: readonly PeerKind[] = [
  PRODUCT,
  QUIET_PRODUCT,
  RAW_PIPE,
  NAIVE,
  NAIVE_RENDEZVOUS,
  NAIVE_BY_ARRIVAL,
  ...PROXY_PEERS,
]
