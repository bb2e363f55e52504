import { checkNamespaceName } from '../../../protocol/names.ts'
import type { ProviderDeps } from '../arm-deps.ts'
import { textOf } from '../body-members.ts'
import type { ProviderAction } from '../resource-type.ts'

/** Whether a namespace could have a name; always 200. Source: management-plane 4.1. */
export function checkNameAvailability({ store }: ProviderDeps): ProviderAction {
  return {
    method: 'POST',
    at: 'subscription',
    permission: 'checkNameAvailability/action',
    run: (_call, _scope, body) => {
      const name = textOf(body, 'name') ?? ''
      const wrong = checkNamespaceName(name)
      if (wrong !== undefined) return { body: unavailable('InvalidName', wrong) }
      if (store.get(name)) {
        const message = `The specified name is not available. Namespace name '${name}' is taken.`
        return { body: unavailable('NameInUse', message) }
      }
      return { body: { nameAvailable: true, reason: 'None', message: null } }
    },
  }
}

function unavailable(reason: string, message: string): object {
  return { nameAvailable: false, reason, message }
}
