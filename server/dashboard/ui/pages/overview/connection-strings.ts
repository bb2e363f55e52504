import { type Api, resource } from '../../../../../console/ui/api.ts'
import type { RuleKeys, RuleRow } from '../../../contract.ts'

/**
 * The connection string that leads to a hybrid connection of this emulator, fetched on demand and never kept.
 * Rejects when no rule has the right.
 */
export async function connectionString(
  api: Api,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  right: 'Listen' | 'Send',
): Promise<string> {
  const preferred = right === 'Listen' ? 'defaultListener' : 'defaultSender'
  const own = ['namespaces', namespace, 'hybridConnections', name]
  for (const scope of [own, own.slice(0, 2)]) {
    const path = `${resource(...scope)}/authorizationRules`
    const { items } = await api.get<{ items: readonly RuleRow[] }>(path)
    const usable = items.filter(({ rights }) => rights.includes(right))
    const rule = usable.find((each) => each.name === preferred) ?? usable[0]
    if (!rule) continue
    const keys = await api.post<RuleKeys>(`${path}/${encodeURIComponent(rule.name)}/listKeys`)
    const { local } = keys.gateway
    return scope === own ? local : `${local};EntityPath=${name}`
  }
  throw new Error(`no rule of ${name} may ${right.toLowerCase()}`)
}
