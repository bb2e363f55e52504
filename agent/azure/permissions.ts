import type { ArmClient } from './arm-client.ts'

/** What it takes to learn the key of a hybrid connection's rule. */
export const LIST_KEYS =
  'Microsoft.Relay/namespaces/hybridConnections/authorizationRules/listKeys/action'

/** Whether whoever signed in may do `action` at a resource. Where the management plane does not tell, it has to be tried. */
export async function mayDo(arm: ArmClient, resourceId: string, action: string): Promise<boolean> {
  try {
    return grants(
      await arm.list(`${resourceId}/providers/Microsoft.Authorization/permissions`),
      action,
    )
  } catch {
    return true
  }
}

/** True when one of ARM's `permissions` has the action in `actions` and not in `notActions`. */
export function grants(
  permissions: readonly Readonly<Record<string, unknown>>[],
  action: string,
): boolean {
  return permissions.some(
    ({ actions, notActions }) => covers(actions, action) && !covers(notActions, action),
  )
}

function covers(patterns: unknown, action: string): boolean {
  return Array.isArray(patterns) && patterns.some((pattern) => isMatch(String(pattern), action))
}

/** `*` stands for any text; case does not matter. */
function isMatch(pattern: string, action: string): boolean {
  const source = pattern
    .split('*')
    .map((piece) => piece.replaceAll(/[^\w/]/g, (char) => `\\${char}`))
    .join('.*')
  return new RegExp(`^${source}$`, 'i').test(action)
}
