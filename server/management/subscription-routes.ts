import type { FastifyInstance } from 'fastify'
import type { ArmApi } from './arm-api.ts'
import { ArmError } from './arm-error.ts'
import { LOCATIONS } from './locations.ts'

/** Subscriptions, tenants and locations. Source: management-plane 3.6. */
export function subscriptionRoutes(app: FastifyInstance, api: ArmApi): void {
  const { authorization, settings, identity } = api.deps
  const scope = () => `/subscriptions/${settings().subscriptionId}`

  api.get(app, '/subscriptions', (call) => {
    const value = authorization.sees(call.principal, scope()) ? [subscription(api)] : []
    return { body: { value, count: { type: 'Total', value: value.length } } }
  })

  api.get(app, '/subscriptions/:subscription', (call) => {
    if (!authorization.sees(call.principal, scope())) {
      const { label, oid } = call.principal
      throw new ArmError(
        403,
        'AuthorizationFailed',
        `The client '${label}' with object id '${oid}' does not have authorization to perform action 'Microsoft.Resources/subscriptions/read' over scope '${scope()}' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
      )
    }
    return { body: subscription(api) }
  })

  api.get(app, '/subscriptions/:subscription/locations', () => ({
    body: {
      value: LOCATIONS.map(({ name, displayName, geography, pairedRegion }) => ({
        id: `${scope()}/locations/${name}`,
        name,
        displayName,
        regionalDisplayName: `(${geography}) ${displayName}`,
        type: 'Region',
        metadata: {
          regionType: 'Physical',
          regionCategory: 'Recommended',
          geographyGroup: geography,
          longitude: '0',
          latitude: '0',
          physicalLocation: 'this machine',
          pairedRegion: pairedRegion === null ? [] : [{ name: pairedRegion }],
        },
      })),
    },
  }))

  api.get(app, '/tenants', () => {
    const { tenantId, domain } = identity()
    return {
      body: {
        value: [
          {
            id: `/tenants/${tenantId}`,
            tenantId,
            countryCode: 'US',
            displayName: settings().subscriptionName,
            domains: [domain],
            tenantCategory: 'Home',
            defaultDomain: domain,
            tenantType: 'AAD',
          },
        ],
      },
    }
  })
}

function subscription({ deps }: ArmApi): object {
  const { subscriptionId, subscriptionName } = deps.settings()
  return {
    id: `/subscriptions/${subscriptionId}`,
    authorizationSource: 'RoleBased',
    managedByTenants: [],
    subscriptionId,
    tenantId: deps.identity().tenantId,
    displayName: subscriptionName,
    state: 'Enabled',
    subscriptionPolicies: {
      locationPlacementId: 'Internal_2014-09-01',
      quotaId: 'Internal_2014-09-01',
      spendingLimit: 'Off',
    },
  }
}
