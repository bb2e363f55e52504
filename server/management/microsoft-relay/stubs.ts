import { ArmError } from '../arm-error.ts'
import type { ResourceType } from '../resource-type.ts'

/** What is there in name only: nothing of it exists, and nothing can be made. Source: management-plane 4.5. */
export function stubTypes(): ResourceType[] {
  const empty = (type: string): ResourceType => ({ type, get: () => undefined, list: () => [] })
  return [
    {
      ...empty('namespaces/wcfRelays'),
      put: () => {
        // Differs from Azure: WCF relays are not emulated, only hybrid connections are.
        throw new ArmError(
          400,
          'BadRequest',
          'SubCode=40000. WCF relays are not emulated; hybrid connections are.',
        )
      },
      delete: () => ({ existed: false }),
    },
    empty('namespaces/wcfRelays/authorizationRules'),
    empty('namespaces/privateEndpointConnections'),
    empty('namespaces/privateLinkResources'),
  ]
}
