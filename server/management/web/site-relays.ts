import type { SiteRelayRow } from '../../app-service/entities.ts'
import { type Pair, siteLabel } from '../../app-service/entities.ts'
import type { ProviderDeps } from '../arm-deps.ts'
import { ArmError } from '../arm-error.ts'
import { parseArmPath } from '../arm-path.ts'
import { numberOf, propertiesOf, textOf } from '../body-members.ts'
import { displayLocation } from '../locations.ts'
import { entityName } from '../microsoft-relay/entities.ts'
import type { ArmBody, ArmCall, ArmResource, ResourceRef, ResourceType } from '../resource-type.ts'
import { demandSite } from './find-site.ts'
import { demandKeyPermission } from './send-key-permission.ts'
import { asArm } from './web-errors.ts'
import { relayArmUri, relayPath, siteAt, siteId } from './web-ids.ts'

/** Hybrid connections of apps and of slots. Source: management-plane 5.3. */
export function siteRelayTypes(deps: ProviderDeps): ResourceType[] {
  return [siteRelayType(false, deps), siteRelayType(true, deps)]
}

/** Whose row it is, for id, location and type. */
export type RelayOwner = {
  readonly id: (subscriptionId: string) => string
  readonly location: string
  readonly type: 'sites' | 'serverfarms'
  readonly subscriptionId: string
}

/** The key is never shown. */
export function siteRelayResource(relay: SiteRelayRow, owner: RelayOwner): ArmResource {
  return {
    id: `${owner.id(owner.subscriptionId)}/${relayPath(relay)}`,
    name: relay.hybridConnection,
    type: `Microsoft.Web/${owner.type}/hybridConnectionNamespaces/relays`,
    location: displayLocation(owner.location),
    properties: {
      serviceBusNamespace: relay.namespace,
      relayName: relay.hybridConnection,
      relayArmUri: relayArmUri(owner.subscriptionId, relay),
      hostname: relay.hostname,
      port: relay.port,
      sendKeyName: relay.sendKeyName,
      sendKeyValue: '',
      serviceBusSuffix: relay.serviceBusSuffix,
    },
  }
}

/** All that an app or slot has attached. */
export function siteRelaysOf(
  ref: Pick<ResourceRef, 'scope' | 'names'>,
  isSlot: boolean,
  deps: ProviderDeps,
): readonly ArmResource[] {
  const site = demandSite(ref, isSlot, deps)
  const { subscriptionId } = deps.settings()
  return deps.appService.relays(site).map((relay) =>
    siteRelayResource(relay, {
      id: (subscription) => siteId(subscription, site),
      location: site.location,
      type: 'sites',
      subscriptionId,
    }),
  )
}

/** Body of `listKeys`, on apps and on plans. Source: management-plane 5.5. */
export function sendKeyBody(
  { namespace, hybridConnection, sendKeyName, sendKeyValue, ...relay }: SiteRelayRow,
  { remote }: ArmCall,
  { events }: ProviderDeps,
): object {
  const label = siteLabel({ name: relay.site, slot: relay.slot })
  const message = `the send key that app ${label} holds was listed`
  events.emit({ type: 'keysListed', namespace, hybridConnection, who: remote, message })
  return {
    id: null,
    name: null,
    type: null,
    location: null,
    properties: { sendKeyName, sendKeyValue },
  }
}

/** The two names at the end of an address; they win over those of the body. */
export function pairAt({ names }: Pick<ResourceRef, 'names'>): Pair {
  return { namespace: names.at(-2) ?? '', hybridConnection: entityName(names.at(-1) ?? '') }
}

function siteRelayType(isSlot: boolean, deps: ProviderDeps): ResourceType {
  const { appService, settings } = deps
  const find = (ref: ResourceRef) => {
    const site = demandSite(ref, isSlot, deps)
    const relay = appService.relay(site, pairAt(ref))
    return relay && { site, relay }
  }
  const shown = ({ site, relay }: NonNullable<ReturnType<typeof find>>) =>
    siteRelayResource(relay, {
      id: (subscription) => siteId(subscription, site),
      location: site.location,
      type: 'sites',
      subscriptionId: settings().subscriptionId,
    })
  const write = (call: ArmCall, ref: ResourceRef, body: ArmBody) => {
    const site = demandSite(ref, isSlot, deps)
    const pair = pairAt(ref)
    const properties = propertiesOf(body)
    checkArmUri(textOf(properties, 'relayArmUri'), pair)
    const keyName = textOf(properties, 'sendKeyName')
    const key = textOf(properties, 'sendKeyValue')
    demandKeyPermission(call, { site, pair, keyName, key }, deps)
    const relay = asArm(() =>
      appService.attach(
        site,
        pair,
        {
          hostname: textOf(properties, 'hostname'),
          port: numberOf(properties, 'port'),
          sendKeyName: keyName,
          sendKeyValue: key,
          serviceBusSuffix: textOf(properties, 'serviceBusSuffix'),
        },
        call.remote,
      ),
    )
    return { resource: shown({ site, relay }) }
  }
  const parent = isSlot ? 'sites/slots' : 'sites'
  return {
    type: `${parent}/hybridConnectionNamespaces/relays`,
    get: (_call, ref) => {
      const found = find(ref)
      return found && shown(found)
    },
    put: write,
    patch: write,
    delete: (call, ref) => {
      const { name, slot } = siteAt(ref, isSlot)
      // Clients take 200 or 404 and no 204.
      if (!appService.detach({ name, slot }, pairAt(ref), call.remote)) throw notAttached()
      return { existed: true }
    },
    actions: {
      listKeys: {
        method: 'POST',
        run: (call, ref) => {
          const found = find(ref)
          if (found) return { body: sendKeyBody(found.relay, call, deps) }
          throw notAttached()
        },
      },
    },
  }
}

function notAttached(): ArmError {
  return new ArmError(404, 'NotFound', 'The hybrid connection is not attached to this app.')
}

/** Words of the id in any case, as portal templates write them; it must name what the address names. */
function checkArmUri(uri: string | undefined, { namespace, hybridConnection }: Pair): void {
  if (uri === undefined || uri === '') return
  const part = parseArmPath(uri)?.parts.at(-1)
  const [kind, parent, below, name] = part?.segments ?? []
  const isRelay =
    part?.namespace.toLowerCase() === 'microsoft.relay' &&
    kind?.toLowerCase() === 'namespaces' &&
    below?.toLowerCase() === 'hybridconnections'
  const isSame =
    parent?.toLowerCase() === namespace.toLowerCase() &&
    entityName(name ?? '').toLowerCase() === hybridConnection.toLowerCase()
  if (isRelay && isSame) return
  throw new ArmError(
    400,
    'BadRequest',
    `The relayArmUri '${uri}' is not the id of the hybrid connection '${hybridConnection}' of namespace '${namespace}'.`,
    { target: 'relayArmUri' },
  )
}
