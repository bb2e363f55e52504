import { CommandError, EXIT } from '../../console/command-failure.ts'
import { parseConnectionString } from '../../protocol/connection-string.ts'
import { isObject } from '../../protocol/json.ts'
import { lintUserMetadata } from '../../protocol/metadata-lint.ts'
import type { ArmClient } from './arm-client.ts'
import { textOr } from './https-json.ts'

/** A hybrid connection where it lies; `name` may hold slashes. */
export type HybridConnectionPlace = {
  readonly subscriptionId: string
  readonly resourceGroup: string
  readonly namespace: string
  readonly name: string
}

type Row = Readonly<Record<string, unknown>>

/**
 * The gateway connection string of a hybrid connection: by the entity's own rule that may listen, `defaultListener`
 * before others, else by one of its namespace. Throws 1 where its metadata names no endpoint or no rule may listen.
 */
export async function gatewayConnectionString(
  arm: ArmClient,
  place: HybridConnectionPlace,
): Promise<string> {
  const namespacePath = namespacePathOf(place)
  const path = `${namespacePath}/hybridConnections/${segment(place.name.replaceAll('/', '~'))}`
  const entity = await arm.get(path)
  checkMetadata(place, propertiesOf(entity)['userMetadata'])
  for (const holder of [path, namespacePath]) {
    const rule = listenRule(await arm.list(`${holder}/authorizationRules`))
    if (rule === undefined) continue
    const keys = await arm.post(`${holder}/authorizationRules/${segment(rule)}/listKeys`)
    return withEntity(textOr(keys['primaryConnectionString'], ''), place.name)
  }
  throw new CommandError(
    EXIT.failed,
    `no authorization rule of ${place.namespace}/${place.name} may listen`,
    'a rule defaultListener with the right Listen on the hybrid connection',
  )
}

function namespacePathOf(place: Omit<HybridConnectionPlace, 'name'>): string {
  const { subscriptionId, resourceGroup, namespace } = place
  return `/subscriptions/${segment(subscriptionId)}/resourceGroups/${segment(resourceGroup)}/providers/Microsoft.Relay/namespaces/${segment(namespace)}`
}

export function propertiesOf({ properties }: Row): Row {
  return isObject(properties) ? properties : {}
}

/** A listener that leads nowhere is refused here, unlike one whose metadata is spoilt later. */
function checkMetadata({ namespace, name }: HybridConnectionPlace, userMetadata: unknown): void {
  const text = typeof userMetadata === 'string' ? userMetadata : ''
  const fault = lintUserMetadata(text).find(({ level }) => level === 'error')
  if (!fault) return
  throw new CommandError(
    EXIT.failed,
    `${namespace}/${name} cannot be served, its userMetadata is of no use (${fault.code}): ${fault.message}`,
    `relay-emulator change-endpoint ${namespace}/${name} HOST:PORT`,
  )
}

function listenRule(rules: readonly Row[]): string | undefined {
  const usable = rules
    .map((rule) => ({ name: String(rule['name']), rights: propertiesOf(rule)['rights'] }))
    .filter(({ rights }) => Array.isArray(rights) && rights.includes('Listen'))
  // The one with the fewest rights is the one that was made for this.
  usable.sort((a, b) => countOf(a.rights) - countOf(b.rights))
  const preferred = usable.find(({ name }) => name.toLowerCase() === 'defaultlistener')
  return (preferred ?? usable[0])?.name
}

function countOf(rights: unknown): number {
  return Array.isArray(rights) ? rights.length : 0
}

function withEntity(connectionString: string, entityPath: string): string {
  if (parseConnectionString(connectionString).entityPath) return connectionString
  return `${connectionString.replace(/;$/, '')};EntityPath=${entityPath}`
}

function segment(name: string): string {
  return encodeURIComponent(name)
}
