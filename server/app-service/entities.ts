/** Plans, apps and what is attached to them, as they are kept. Names are compared without case. */

/** Marks what the configuration file says; what was made or changed at run time has no mark. */
type FromFile = { readonly origin?: 'file' }

export type PlanRow = FromFile & {
  readonly name: string
  readonly resourceGroup: string
  /** Normal form, e.g. `westus2`. */
  readonly location: string
  /** Name as {@link skuOf} spells it. */
  readonly sku: string
  readonly capacity: number
  readonly kind: string
  readonly isLinux: boolean
  /** For Windows custom containers. */
  readonly isWindowsContainer: boolean
  readonly tags: Readonly<Record<string, string>>
}

/** An app, or one of its slots. */
export type SiteRow = FromFile & {
  readonly name: string
  /** Null for the app itself. */
  readonly slot: string | null
  readonly resourceGroup: string
  readonly location: string
  readonly kind: string
  /** Group and name of its plan. */
  readonly plan: { readonly resourceGroup: string; readonly name: string }
  readonly isWindowsContainer: boolean
  readonly tags: Readonly<Record<string, string>>
  /** Members that are stored and shown, and mean nothing here. */
  readonly properties: Readonly<Record<string, unknown>>
  /** Configurations by name, e.g. `web`, `appsettings`. */
  readonly config: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

/** A hybrid connection that is attached to an app or slot. */
export type SiteRelayRow = FromFile & {
  readonly site: string
  readonly slot: string | null
  readonly namespace: string
  readonly hybridConnection: string
  /** Group of the namespace. */
  readonly relayGroup: string
  /** What the app connects to. */
  readonly hostname: string
  readonly port: number
  readonly sendKeyName: string
  /** The app's own copy: it does not follow the rule. Empty when it has none. */
  readonly sendKeyValue: string
  readonly serviceBusSuffix: string
}

export type SiteRef = Pick<SiteRow, 'name' | 'slot'>
export type PlanRef = Pick<PlanRow, 'resourceGroup' | 'name'>
export type Pair = Pick<SiteRelayRow, 'namespace' | 'hybridConnection'>

/** `web`, or `web/stage` for a slot: how Azure names them. */
export function siteLabel({ name, slot }: SiteRef): string {
  return slot === null ? name : `${name}/${slot}`
}

export function planKey({ resourceGroup, name }: PlanRef): string {
  return `${resourceGroup}/${name}`.toLowerCase()
}

export function siteKey(site: SiteRef): string {
  return siteLabel(site).toLowerCase()
}

/** A namespace has no `/` in its name, so the first one parts it from the entity. */
export function pairKey({ namespace, hybridConnection }: Pair): string {
  return `${namespace}/${hybridConnection}`.toLowerCase()
}

/** A site's label has no `:`. */
export function siteRelayKey(site: SiteRef, pair: Pair): string {
  return `${siteKey(site)}:${pairKey(pair)}`
}
