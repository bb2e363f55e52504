import { NAIVE, RAW_PIPE } from './node-peers.ts'
import type { PeerKind } from './peer.ts'
import { PRODUCT } from './product.ts'
import { PROXY_PEERS } from './proxies.ts'

/** Every make of relay. Each scenario asks those that it fits. */
export const PEERS: readonly PeerKind[] = [PRODUCT, RAW_PIPE, NAIVE, ...PROXY_PEERS]
