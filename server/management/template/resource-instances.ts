import { isObject } from '../../../protocol/json.ts'
import type { ArmBody } from '../resource-type.ts'
import { type Scope, evaluateTree, inLoop, loopCount } from './evaluate.ts'
import { invalidTemplate } from './invalid-template.ts'
import { zipResource } from './zip-resource.ts'

/** One resource that a template asks for: loops are unrolled, names known, the rest not evaluated yet. */
export type ResourceInstance = {
  /** Key in a template of language version 2.0; null in older ones. */
  readonly symbol: string | null
  /** Name and index of the loop it came from. */
  readonly loop: { readonly name: string; readonly index: number } | null
  readonly id: string
  /** E.g. `Microsoft.Relay/namespaces`. */
  readonly type: string
  /** E.g. `ns/hc`. */
  readonly name: string
  readonly apiVersion: string
  /** It is referred to, and not deployed. */
  readonly isExisting: boolean
  /** False where its condition says so. */
  readonly isWanted: boolean
  readonly dependsOn: readonly string[]
  /** What its expressions see. */
  readonly scope: Scope
  /** The resource as the template writes it, without what says how to deploy it. */
  readonly source: ArmBody
}

/** Unrolls the resources of a template. `scopeId` is where it is deployed. Throws `InvalidTemplate`. */
export async function resourceInstances(
  template: ArmBody,
  scope: Scope,
  scopeId: string,
): Promise<readonly ResourceInstance[]> {
  const { resources } = template
  const entries: [string | null, unknown][] = Array.isArray(resources)
    ? resources.map((resource) => [null, resource])
    : isObject(resources)
      ? Object.entries(resources)
      : []
  const instances: ResourceInstance[] = []
  for (const [symbol, resource] of entries) {
    if (!isObject(resource)) throw invalidTemplate('a resource is no object')
    instances.push(...(await unrolled({ symbol, resource, scope, scopeId, parent: null })))
  }
  return instances
}

type Place = {
  readonly symbol: string | null
  readonly resource: ArmBody
  readonly scope: Scope
  readonly scopeId: string
  /** The resource that this one stands in. */
  readonly parent: { readonly type: string; readonly name: string } | null
}

async function unrolled(place: Place): Promise<ResourceInstance[]> {
  const { resource, scope } = place
  const { copy } = resource
  if (!isObject(copy)) return withChildren(place, null)
  const name = typeof copy['name'] === 'string' ? copy['name'] : (place.symbol ?? '')
  const count = await loopCount(copy['count'], name, scope)
  const instances: ResourceInstance[] = []
  for (let index = 0; index < count; index++) {
    const inner = { ...place, scope: inLoop(scope, name, index) }
    instances.push(...(await withChildren(inner, { name, index })))
  }
  return instances
}

async function withChildren(
  place: Place,
  loop: ResourceInstance['loop'],
): Promise<ResourceInstance[]> {
  const instance = await instanceOf(place, loop)
  const { resources } = place.resource
  if (!Array.isArray(resources)) return [instance]
  const instances = [instance]
  for (const child of resources) {
    if (!isObject(child)) throw invalidTemplate('a child resource is no object')
    const below = { ...place, symbol: null, resource: child, parent: instance }
    const children = await unrolled(below)
    // Nothing is deployed below a parent that is not.
    instances.push(
      ...children.map((one) => ({ ...one, isWanted: one.isWanted && instance.isWanted })),
    )
  }
  return instances
}

/** Members that say how to deploy, not what. */
const DIRECTIVES: ReadonlySet<string> = new Set([
  'name',
  'type',
  'apiversion',
  'condition',
  'copy',
  'dependson',
  'scope',
  'existing',
  'resources',
  'comments',
  'metadata',
  '$schema',
  'asserts',
])

async function instanceOf(
  { symbol, resource, scope, scopeId, parent }: Place,
  loop: ResourceInstance['loop'],
): Promise<ResourceInstance> {
  const text = async (member: string): Promise<string> => {
    const value = await evaluateTree(resource[member] ?? '', scope)
    if (typeof value === 'string') return value
    throw invalidTemplate(`the ${member} of a resource is no string`)
  }
  const ownType = await text('type')
  const ownName = await text('name')
  if (ownType === '' || ownName === '') throw invalidTemplate('a resource lacks its type or name')
  const type = parent === null ? ownType : `${parent.type}/${ownType}`
  const name = parent === null ? ownName : `${parent.name}/${ownName}`
  const condition =
    'condition' in resource ? await evaluateTree(resource['condition'], scope) : true
  const dependsOn = await evaluateTree(resource['dependsOn'] ?? [], scope)
  const entries = Object.entries(resource).filter(([key]) => !DIRECTIVES.has(key.toLowerCase()))
  return {
    symbol,
    loop,
    id: idOf(type, name, await text('scope'), await homeOf(resource, scope, scopeId)),
    type,
    name,
    apiVersion: await text('apiVersion'),
    isExisting: resource['existing'] === true,
    isWanted: condition === true,
    dependsOn: Array.isArray(dependsOn) ? dependsOn.map(String) : [],
    scope,
    source: Object.fromEntries(entries),
  }
}

/** Nested deployments may name another group or subscription; everything else lives where the template does. */
async function homeOf(resource: ArmBody, scope: Scope, scopeId: string): Promise<string> {
  const { resourceGroup, subscriptionId } = resource
  if (resourceGroup === undefined && subscriptionId === undefined) return scopeId
  const subscription = String(
    await evaluateTree(subscriptionId ?? scopeId.split('/')[2] ?? '', scope),
  )
  const group = resourceGroup === undefined ? '' : String(await evaluateTree(resourceGroup, scope))
  return `/subscriptions/${subscription}${group === '' ? '' : `/resourceGroups/${group}`}`
}

function idOf(type: string, name: string, given: string, scopeId: string): string {
  if (/^microsoft\.resources\/resourcegroups$/i.test(type)) {
    return `${scopeId.split('/resourceGroups/')[0]}/resourceGroups/${name}`
  }
  const subscription = scopeId.split('/resourceGroups/')[0] ?? ''
  const base =
    given === ''
      ? scopeId
      : given === '/'
        ? ''
        : given.startsWith('/')
          ? given.replace(/\/+$/, '')
          : given.toLowerCase() === 'subscription'
            ? subscription
            : `${scopeId}/providers/${given}`
  return base + zipResource(type, name.split('/'))
}
