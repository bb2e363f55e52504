import type { NamespaceStore } from '../namespace/store.ts'
import { DEFAULT_LOCATION } from '../namespace/store.ts'
import { DEFAULT_RESOURCE_GROUP, resourceGroupId, resourceGroupOf } from '../namespace/arm-ids.ts'
import { ArmError } from './arm-error.ts'
import { normalLocation } from './locations.ts'
import type { ResourceGroupRow } from './state/rows.ts'
import type { Table } from './state/table.ts'

type PlacedPlan = { readonly resourceGroup: string; readonly location: string }

/** The resource groups: those that were made, the default one, and those that namespaces and plans name. */
export class ResourceGroups {
  readonly #table: Table<ResourceGroupRow>
  readonly #store: NamespaceStore
  readonly #plans: () => readonly PlacedPlan[]

  constructor(
    table: Table<ResourceGroupRow>,
    store: NamespaceStore,
    plans: () => readonly PlacedPlan[] = () => [],
  ) {
    this.#table = table
    this.#store = store
    this.#plans = plans
  }

  list(): readonly ResourceGroupRow[] {
    const made = this.#table.list()
    const known = new Set(made.map(({ name }) => name.toLowerCase()))
    const implied = [
      { name: DEFAULT_RESOURCE_GROUP, location: DEFAULT_LOCATION },
      ...this.#store.list().map((namespace) => ({
        name: resourceGroupOf(namespace),
        location: namespace.location,
      })),
      ...this.#plans().map(({ resourceGroup, location }) => ({ name: resourceGroup, location })),
    ].filter(({ name }) => {
      const isNew = !known.has(name.toLowerCase())
      known.add(name.toLowerCase())
      return isNew
    })
    return [...implied.map((group) => ({ ...group, tags: {} })), ...made]
  }

  find(name: string): ResourceGroupRow | undefined {
    const wanted = name.toLowerCase()
    return this.list().find((group) => group.name.toLowerCase() === wanted)
  }

  /** Throws 404 `ResourceGroupNotFound`. */
  get(name: string): ResourceGroupRow {
    const group = this.find(name)
    if (group) return group
    throw new ArmError(404, 'ResourceGroupNotFound', `Resource group '${name}' could not be found.`)
  }

  /** Makes or replaces a group. Throws 400 and 409. */
  write(name: string, location: string | undefined, tags: ResourceGroupRow['tags']): void {
    checkGroupName(name)
    const known = this.find(name)
    const wanted = location ?? known?.location
    if (!wanted) {
      throw new ArmError(
        400,
        'LocationRequired',
        'The location property is required for this definition.',
      )
    }
    if (known && normalLocation(known.location) !== normalLocation(wanted)) {
      throw new ArmError(
        409,
        'InvalidResourceGroupLocation',
        `Invalid resource group location '${wanted}'. The Resource group already exists in location '${known.location}'.`,
      )
    }
    const row = { location: known?.location ?? normalLocation(wanted), tags }
    this.put({ name: known?.name ?? name, ...row })
  }

  put(group: ResourceGroupRow): void {
    this.#table.put(group.name, group)
  }

  delete(name: string): void {
    this.#table.delete(name)
  }
}

/** 1 to 90 letters, digits, `_`, `.`, `-` and parentheses, not ending in a dot. Source: management-plane 3.7. */
function checkGroupName(name: string): void {
  if (/^[\w.()-]{1,90}$/.test(name) && !name.endsWith('.')) return
  throw new ArmError(
    400,
    'InvalidResourceGroup',
    'A resource group name has 1 to 90 letters, digits, underscores, dots, hyphens and parentheses, and does not end in a dot.',
  )
}

/** A group as it is shown. */
export function groupResource(subscriptionId: string, group: ResourceGroupRow) {
  return {
    id: resourceGroupId(subscriptionId, group.name),
    name: group.name,
    type: 'Microsoft.Resources/resourceGroups',
    location: group.location,
    tags: group.tags,
    properties: { provisioningState: 'Succeeded' },
  }
}
