import { GATEWAY_COUNT, gatewayHost, stampOfGateway } from '../../protocol/gateway-names.ts'
import type { Namespace } from '../../protocol/entity.ts'
import { readParameter } from '../../protocol/parameters.ts'
import { hostOf } from '../namespace/host-names.ts'
import type { Pick as Choose } from './listener-choice.ts'

/** Where a rendezvous address leads; `host` with the port where it is not the scheme's. */
export type RendezvousPlace = { readonly scheme: 'ws' | 'wss'; readonly host: string }

/** Name of the parameter that makes a rendezvous address a credential. */
export const SECRET_PARAMETER = 'sb-hc-rendezvous'

/**
 * Where a listener is to dial: what it dialled itself, or with `gateways` one of all gateways, as in Azure, where it
 * is the one that holds the sender. Source: relay-protocol 4.2, `address`.
 */
export function placeAt(
  dialled: RendezvousPlace,
  network: { readonly gateways: boolean; readonly stamp: string },
  choose: Choose,
): RendezvousPlace {
  const { scheme, host } = dialled
  if (!network.gateways) return { scheme, host }
  return { scheme, host: gatewayHost(host, network.stamp, choose(GATEWAY_COUNT)) }
}

/**
 * The namespace of a rendezvous that is dialled at a gateway, whose name is that of no namespace; some namespace for
 * one that nobody waits for any more, so that it is refused as such. Undefined for calls of any other kind.
 */
export function rendezvousNamespace(
  hostHeader: string | undefined,
  rawQuery: string,
  deps: {
    readonly store: { list(): readonly Namespace[]; get(name: string): Namespace | undefined }
    readonly rendezvous: { namespaceOf(secret: string | undefined): string | undefined }
  },
): Namespace | undefined {
  const secret = readParameter(rawQuery, SECRET_PARAMETER)
  if (secret === undefined || stampOfGateway(hostOf(hostHeader ?? '')) === undefined)
    return undefined
  const name = deps.rendezvous.namespaceOf(secret)
  const found = name === undefined ? undefined : deps.store.get(name)
  return found ?? deps.store.list()[0]
}
