import type { ProviderDeps } from '../arm-deps.ts'
import { textOf } from '../body-members.ts'
import { LOCATIONS } from '../locations.ts'
import type { ProviderAction } from '../resource-type.ts'
import { LIST_EXTRAS } from './plans.ts'

/** Whether an app could have a name; always 200. Source: management-plane 5.2. */
export function checkSiteName({ appService }: ProviderDeps): ProviderAction {
  return {
    method: 'POST',
    at: 'subscription',
    permission: 'checkNameAvailability/read',
    run: (_call, _scope, body) => {
      const name = textOf(body, 'name') ?? ''
      if (!appService.site({ name, slot: null })) {
        return { body: { nameAvailable: true, reason: '', message: '' } }
      }
      const message = `Hostname '${name}' already exists. Please select a different name.`
      return { body: { nameAvailable: false, reason: 'AlreadyExists', message } }
    },
  }
}

/** `az webapp create` insists on a node stack that runs on Windows. Source: management-plane 5.2. */
export const webAppStacks: ProviderAction = {
  method: 'GET',
  at: 'any',
  permission: null,
  run: () => ({ body: { value: [NODE_STACK], ...LIST_EXTRAS } }),
}

export const geoRegions: ProviderAction = {
  method: 'GET',
  at: 'subscription',
  permission: 'geoRegions/read',
  run: (_call, scope) => ({
    body: {
      value: LOCATIONS.map(({ displayName }) => ({
        id: `${scope.id}/providers/Microsoft.Web/geoRegions/${displayName}`,
        name: displayName,
        type: 'Microsoft.Web/geoRegions',
        properties: { name: displayName, displayName, description: null, sortOrder: 0 },
      })),
      ...LIST_EXTRAS,
    },
  }),
}

const SETTINGS = {
  remoteDebuggingSupported: false,
  appInsightsSettings: { isSupported: true },
  gitHubActionSettings: { isSupported: true, supportedVersion: '20.x' },
}

const NODE_STACK = {
  id: null,
  name: 'node',
  type: 'Microsoft.Web/webAppStacks?stackOsType=All',
  properties: {
    displayText: 'Node',
    value: 'node',
    preferredOs: 'linux',
    majorVersions: [
      {
        displayText: 'Node 20',
        value: '20',
        minorVersions: [
          {
            displayText: 'Node 20 LTS',
            value: '20-lts',
            stackSettings: {
              windowsRuntimeSettings: { runtimeVersion: '~20', ...SETTINGS },
              linuxRuntimeSettings: { runtimeVersion: 'NODE|20-lts', ...SETTINGS },
            },
          },
        ],
      },
    ],
  },
}
