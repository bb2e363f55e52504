import type { ProviderDeps } from './arm-deps.ts'
import { authorizationProvider } from './microsoft-authorization/provider.ts'
import { relayProvider } from './microsoft-relay/provider.ts'
import { resourcesProvider } from './microsoft-resources/provider.ts'
import { webProvider } from './web/provider.ts'
import type { ArmRouter } from './arm-router.ts'
import type { ArmProvider } from './resource-type.ts'

/** Every resource provider; the group's deletion goes through them in this order. */
export function armProviders(deps: ProviderDeps, router: () => ArmRouter): readonly ArmProvider[] {
  return [
    // Before the relay: an app goes before what it is attached to.
    webProvider(deps),
    relayProvider(deps),
    authorizationProvider(deps),
    resourcesProvider(deps, router),
    { namespace: 'Microsoft.ManagedIdentity', types: [], registration: [] },
  ]
}
