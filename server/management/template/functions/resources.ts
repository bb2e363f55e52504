import type { ArmBody } from '../../resource-type.ts'
import { invalidTemplate } from '../invalid-template.ts'
import { zipResource } from '../zip-resource.ts'
import { type FunctionTable, textAt, textsOf } from './arguments.ts'

/** What templates ask of the place they are deployed to. */
export type ResourceContext = {
  /** Canonical id of the subscription or resource group. */
  readonly scopeId: string
  readonly subscriptionId: string
  readonly resourceGroup: () => ArmBody | undefined
  readonly subscription: () => ArmBody
  readonly tenant: () => ArmBody
  readonly deployment: () => ArmBody
  readonly environment: () => ArmBody
  /** A resource by id, name or symbol: its properties, or all of it. */
  readonly reference: (target: string, isFull: boolean) => Promise<unknown>
  /** What an operation such as `listKeys` says of the resource with this id. */
  readonly list: (operation: string, id: string, body: ArmBody) => Promise<unknown>
}

/** Functions of resources and of the deployment itself. */
export function resourceFunctions(context: ResourceContext): FunctionTable {
  const { scopeId, subscriptionId } = context
  return {
    resourceId: (args) => {
      const { before, type, names } = idParts(args, 'resourceId')
      const [one, two] = before
      if (two !== undefined) {
        return `/subscriptions/${one}/resourceGroups/${two}${zipResource(type, names)}`
      }
      if (one !== undefined) {
        // One alone is a group; where there are none, a subscription.
        return scopeId.includes('/resourceGroups/')
          ? `/subscriptions/${subscriptionId}/resourceGroups/${one}${zipResource(type, names)}`
          : `/subscriptions/${one}${zipResource(type, names)}`
      }
      return scopeId + zipResource(type, names)
    },
    subscriptionResourceId: (args) => {
      const { before, type, names } = idParts(args, 'subscriptionResourceId')
      return `/subscriptions/${before[0] ?? subscriptionId}${zipResource(type, names)}`
    },
    tenantResourceId: (args) => {
      const { type, names } = idParts(args, 'tenantResourceId')
      return zipResource(type, names)
    },
    extensionResourceId: (args) => {
      const { type, names } = idParts(args.slice(1), 'extensionResourceId')
      return textAt(args, 0, 'extensionResourceId') + zipResource(type, names)
    },
    resourceGroup: () => {
      const group = context.resourceGroup()
      if (group) return group
      throw invalidTemplate("the template function 'resourceGroup' needs a resource group")
    },
    subscription: context.subscription,
    tenant: context.tenant,
    deployment: context.deployment,
    environment: context.environment,
    reference: (args) =>
      context.reference(
        textAt(args, 0, 'reference'),
        args.some((item) => String(item).toLowerCase() === 'full'),
      ),
    references: () => {
      throw invalidTemplate("the template function 'references' is not emulated; use reference")
    },
    // The name of the operation comes first, see evaluate.ts.
    'list*': (args) => {
      const operation = textAt(args, 0, 'list')
      const body = args[3]
      return context.list(operation, textAt(args, 1, operation), (body ?? {}) as ArmBody)
    },
    pickZones: () => [],
    managementGroup: () => {
      throw invalidTemplate(
        "the template function 'managementGroup' is not emulated: there are none",
      )
    },
  }
}

/** What stands before the type, the type, and the names: the type is the first text with a slash in it. */
function idParts(args: readonly unknown[], name: string) {
  const texts = textsOf(args, name)
  const at = texts.findIndex((text) => text.includes('/'))
  const type = texts[at]
  if (type === undefined) throw invalidTemplate(`the template function '${name}' names no type`)
  return { before: texts.slice(0, at), type, names: texts.slice(at + 1) }
}
