import type { Namespace } from '../../../protocol/entity.ts'
import { azureHost } from '../../namespace/host-names.ts'
import { namespaceId, resourceGroupOf } from '../../namespace/arm-ids.ts'
import { endpointHost } from '../../namespace/connection-strings.ts'
import { OPEN_NETWORK, readNetworkRules } from '../../namespace/network-rules.ts'
import type { ProviderDeps } from '../arm-deps.ts'
import { ArmError } from '../arm-error.ts'
import { objectOf, propertiesOf, tagsOf, textOf } from '../body-members.ts'
import { displayLocation, normalLocation } from '../locations.ts'
import type { ArmBody, ArmCall, ArmResource, ResourceRef, ResourceType } from '../resource-type.ts'
import { namespaceAt } from './entities.ts'

/** Members that are stored and shown, and mean nothing here. */
const ECHOED = ['minimumTlsVersion', 'clusterArmId'] as const

/** Relay namespaces. Source: management-plane 4.2. */
export function namespaceType(deps: ProviderDeps): ResourceType {
  const { store, groups, settings, state } = deps
  const shown = (namespace: Namespace) => namespaceResource(namespace, deps)

  const write = (ref: ResourceRef, body: ArmBody, isPatch: boolean) => {
    const name = ref.names[0] ?? ''
    const known = namespaceAt(store, ref)
    if (!known && store.get(name)) {
      throw new ArmError(
        409,
        'Conflict',
        `SubCode=40900. Namespace name '${name}' is not available.`,
      )
    }
    checkSku(body)
    const location = locationOf(body, known)
    const properties = propertiesOf(body)
    const tags = tagsOf(body) ?? (isPatch ? undefined : {})
    const namespace = store.putNamespace(known?.name ?? name, {
      location,
      tags,
      resourceGroup: known ? undefined : groups.get(ref.scope.resourceGroup ?? '').name,
      networkRules: networkRulesOf(properties, known),
    })
    keepEchoed(namespace.name, properties)
    return { resource: shown(namespace) }
  }

  const keepEchoed = (name: string, properties: ArmBody) => {
    const kept = state.tables.relaySettings.get(name)?.properties ?? {}
    const sent = ECHOED.filter((member) => typeof properties[member] === 'string')
    if (sent.length === 0) return
    const entries = sent.map((member) => [member, properties[member]])
    state.tables.relaySettings.put(name, {
      name,
      properties: { ...kept, ...Object.fromEntries(entries) },
    })
  }

  return {
    type: 'namespaces',
    isTracked: true,
    get: (_call, ref) => {
      const namespace = namespaceAt(store, ref)
      return namespace && shown(namespace)
    },
    list: (_call, { scope: { resourceGroup } }) =>
      store
        .list()
        .filter(
          (namespace) =>
            resourceGroup === null ||
            resourceGroupOf(namespace).toLowerCase() === resourceGroup.toLowerCase(),
        )
        .map(shown),
    put: (_call, ref, body) => write(ref, body, false),
    patch: (_call, ref, body) => write(ref, body, true),
    delete: (call, ref) => {
      const namespace = namespaceAt(store, ref)
      if (!namespace) return { existed: false }
      store.deleteNamespace(namespace.name)
      state.tables.relaySettings.delete(namespace.name)
      const id = namespaceId(settings().subscriptionId, namespace)
      deps.assignments.deleteBelow(id)
      return { existed: true, status: 202, headers: removal(call, id, namespace.name) }
    },
  }
}

function removal({ origin, apiVersion }: ArmCall, id: string, name: string) {
  return {
    Location: `${origin}${id}/operationresults/${name}?api-version=${apiVersion}`,
    'Retry-After': '0',
  }
}

function namespaceResource(
  namespace: Namespace,
  { settings, state, endpointPort, store }: ProviderDeps,
): ArmResource {
  const { subscriptionId, endpoints } = settings()
  const { name, location, tags, createdAt, updatedAt, networkRules } = namespace
  const isFirst = store.list()[0]?.name === name
  const endpoint =
    endpoints === 'azure'
      ? `https://${azureHost(namespace)}:443/`
      : `https://${endpointHost(namespace, isFirst)}:${endpointPort()}/`
  return {
    sku: { name: 'Standard', tier: 'Standard' },
    id: namespaceId(subscriptionId, namespace),
    name,
    type: 'Microsoft.Relay/Namespaces',
    location: displayLocation(location),
    tags: tags ?? {},
    properties: {
      provisioningState: 'Succeeded',
      metricId: `${subscriptionId}:${name.toLowerCase()}`,
      createdAt,
      updatedAt,
      serviceBusEndpoint: endpoint,
      status: 'Active',
      publicNetworkAccess: networkRules?.publicNetworkAccess ?? 'Enabled',
      ...state.tables.relaySettings.get(name)?.properties,
    },
  }
}

function locationOf(body: ArmBody, known: Namespace | undefined): string {
  const location = textOf(body, 'location')
  if (location === undefined) {
    if (known) return known.location
    throw new ArmError(
      400,
      'LocationRequired',
      'The location property is required for this definition.',
    )
  }
  if (!known || normalLocation(known.location) === normalLocation(location)) {
    return known?.location ?? normalLocation(location)
  }
  throw new ArmError(
    409,
    'InvalidResourceLocation',
    `The resource '${known.name}' already exists in location '${known.location}'. A resource with the same name cannot be created in location '${location}'. Please select a new resource name.`,
  )
}

function networkRulesOf(properties: ArmBody, known: Namespace | undefined) {
  const { publicNetworkAccess } = properties
  if (publicNetworkAccess === undefined) return undefined
  return readNetworkRules({ ...OPEN_NETWORK, ...known?.networkRules, publicNetworkAccess })
}

function checkSku(body: ArmBody): void {
  const sku = objectOf(body, 'sku') ?? {}
  const words = [textOf(sku, 'name'), textOf(sku, 'tier')]
  if (words.every((word) => word === undefined || word.toLowerCase() === 'standard')) return
  throw new ArmError(
    400,
    'BadRequest',
    'SubCode=40000. The only SKU of a relay namespace is Standard. To know more visit https://aka.ms/sbResourceMgrExceptions.',
    { target: 'sku' },
  )
}
