import type { FastifyInstance } from 'fastify'
import type { ArmApi } from './arm-api.ts'
import { ArmError } from './arm-error.ts'
import { LOCATIONS } from './locations.ts'
import type { ArmProvider } from './resource-type.ts'

const PROVIDERS = '/subscriptions/:subscription/providers'

/** Registration of resource providers: all are registered. Source: management-plane 3.8. */
export function providerRoutes(app: FastifyInstance, api: ArmApi): void {
  const { registry, settings, authorization } = api.deps
  const shown = (provider: ArmProvider) => describe(provider, settings().subscriptionId)
  const find = (namespace: string | undefined) => {
    const provider = registry.provider(namespace ?? '')
    if (provider) return provider
    throw new ArmError(
      404,
      'InvalidResourceNamespace',
      `The resource namespace '${namespace}' is not emulated.`,
    )
  }

  api.get(app, PROVIDERS, () => ({ body: { value: registry.providers.map(shown) } }))
  api.get(app, `${PROVIDERS}/:namespace`, (_call, { namespace }) => ({
    body: shown(find(namespace)),
  }))
  for (const action of ['register', 'unregister']) {
    api.route(app, 'POST', `${PROVIDERS}/:namespace/${action}`, (call, { namespace }) => {
      const provider = find(namespace)
      authorization.demand(
        call.principal,
        `${provider.namespace}/${action}/action`,
        `/subscriptions/${settings().subscriptionId}`,
      )
      return { body: shown(provider) }
    })
  }
}

function describe(provider: ArmProvider, subscriptionId: string): object {
  return {
    id: `/subscriptions/${subscriptionId}/providers/${provider.namespace}`,
    namespace: provider.namespace,
    registrationPolicy: 'RegistrationRequired',
    registrationState: 'Registered',
    resourceTypes: provider.registration.map(({ resourceType, apiVersions, capabilities }) => ({
      resourceType,
      locations: LOCATIONS.map(({ displayName }) => displayName),
      apiVersions,
      capabilities: capabilities ?? 'None',
    })),
  }
}
