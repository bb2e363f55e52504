import type { ConfiguredApps, ConfiguredAttachment } from '../app-service/configured-apps.ts'
import type { PlanRow, SiteRow } from '../app-service/entities.ts'
import { skuOf } from '../app-service/skus.ts'
import { DEFAULT_RESOURCE_GROUP } from '../namespace/arm-ids.ts'
import { DEFAULT_LOCATION } from '../namespace/store.ts'
import { parseEndpoint } from '../../protocol/user-metadata.ts'
import type { EntityProblem } from './check-entities.ts'
import type { Path } from './yaml-source.ts'

type System = 'linux' | 'windows' | 'windowsContainer'

type PlanConfig = {
  readonly name: string
  readonly sku?: string
  readonly os?: System
  readonly location?: string
  readonly resourceGroup?: string
}
/** `NAMESPACE/NAME`, or that with what differs from the metadata and from `defaultSender`. */
type AttachmentConfig =
  | string
  | {
      readonly name: string
      readonly endpoint?: string
      readonly keyName?: string
      readonly key?: 'primary' | 'secondary'
    }
type SlotConfig = {
  readonly name: string
  readonly hybridConnections?: readonly AttachmentConfig[]
}
type AppConfig = SlotConfig & { readonly plan: string; readonly slots?: readonly SlotConfig[] }

/** `appService` as the file writes it. */
export type AppServiceConfig = {
  readonly plans?: readonly PlanConfig[]
  readonly apps?: readonly AppConfig[]
}

const NAME = {
  type: 'string',
  title: 'letters, digits and hyphens',
  pattern: '^[A-Za-z0-9-]{1,60}$',
}
const PAIR = {
  type: 'string',
  title: 'NAMESPACE/NAME of a hybrid connection',
  pattern: '^[^/]+/.+$',
}
const ATTACHMENTS = {
  type: 'array',
  description: 'NAMESPACE/NAME each, or an object where something differs.',
  items: {
    type: ['string', 'object'],
    additionalProperties: false,
    required: ['name'],
    properties: {
      name: PAIR,
      endpoint: { type: 'string', description: 'HOST:PORT; left out: that of the userMetadata.' },
      keyName: { type: 'string', minLength: 1, default: 'defaultSender' },
      key: { type: 'string', enum: ['primary', 'secondary'], default: 'primary' },
    },
  },
}

function strict(properties: object, required: readonly string[] = []) {
  return { type: 'object', additionalProperties: false, required, properties }
}

/** JSON Schema of `appService`. */
export const APP_SERVICE_SCHEMA = strict({
  plans: {
    type: 'array',
    items: strict(
      {
        name: NAME,
        sku: { type: 'string', default: 'S1', description: 'e.g. B1, S1, P1v3, F1' },
        os: { type: 'string', enum: ['linux', 'windows', 'windowsContainer'], default: 'linux' },
        location: { type: 'string', minLength: 1, default: DEFAULT_LOCATION },
        resourceGroup: { type: 'string', minLength: 1, default: DEFAULT_RESOURCE_GROUP },
      },
      ['name'],
    ),
  },
  apps: {
    type: 'array',
    items: strict(
      {
        name: NAME,
        plan: { ...NAME, description: 'One of `plans`.' },
        hybridConnections: ATTACHMENTS,
        slots: {
          type: 'array',
          items: strict({ name: NAME, hybridConnections: ATTACHMENTS }, ['name']),
        },
      },
      ['name', 'plan'],
    ),
  },
})

/** What a schema cannot say about `appService`. Whether a plan has room is told when it is put to use. */
export function checkAppService({ plans = [], apps = [] }: AppServiceConfig): EntityProblem[] {
  const root: Path = ['appService']
  return [
    ...twins(plans, [...root, 'plans']),
    ...plans.flatMap(({ sku }, index) =>
      sku === undefined || skuOf(sku)
        ? []
        : [{ path: [...root, 'plans', index, 'sku'], message: `there is no SKU ${sku}` }],
    ),
    ...twins(apps, [...root, 'apps']),
    ...apps.flatMap((app, index) => checkApp(app, plans, [...root, 'apps', index])),
  ]
}

/** Fills in what checked configuration leaves out. */
export function appServiceFrom({ plans = [], apps = [] }: AppServiceConfig): ConfiguredApps {
  const planRows = plans.map(planFrom)
  const sites: SiteRow[] = []
  const attachments: ConfiguredAttachment[] = []
  for (const app of apps) {
    const plan = planRows.find(({ name }) => isSame(name, app.plan))
    if (!plan) continue
    for (const [slot, { hybridConnections = [] }] of [
      [null, app] as const,
      ...(app.slots ?? []).map((each) => [each.name, each] as const),
    ]) {
      const site = siteFrom(app.name, slot, plan)
      sites.push(site)
      attachments.push(...hybridConnections.map((each) => attachmentFrom(each, site)))
    }
  }
  return { plans: planRows, sites, attachments }
}

function planFrom({ name, sku = 'S1', os = 'linux', ...place }: PlanConfig): PlanRow {
  const { location = DEFAULT_LOCATION, resourceGroup = DEFAULT_RESOURCE_GROUP } = place
  return {
    origin: 'file',
    name,
    resourceGroup,
    location,
    sku: skuOf(sku)?.name ?? sku,
    capacity: 1,
    kind: os === 'linux' ? 'linux' : 'app',
    isLinux: os === 'linux',
    isWindowsContainer: os === 'windowsContainer',
    tags: {},
  }
}

function siteFrom(name: string, slot: string | null, plan: PlanRow): SiteRow {
  return {
    origin: 'file',
    name,
    slot,
    resourceGroup: plan.resourceGroup,
    location: plan.location,
    kind: plan.isLinux ? 'app,linux' : 'app',
    plan: { resourceGroup: plan.resourceGroup, name: plan.name },
    isWindowsContainer: plan.isWindowsContainer,
    tags: {},
    properties: {},
    config: {},
  }
}

function attachmentFrom(config: AttachmentConfig, site: SiteRow): ConfiguredAttachment {
  const given = typeof config === 'string' ? { name: config } : config
  const { endpoint, keyName = 'defaultSender', key = 'primary' } = given
  return { site, pair: pairOf(given.name), endpoint: parseEndpoint(endpoint ?? ''), keyName, key }
}

/** A namespace has no `/` in its name. */
function pairOf(text: string): ConfiguredAttachment['pair'] {
  const at = text.indexOf('/')
  return { namespace: text.slice(0, at), hybridConnection: text.slice(at + 1) }
}

function checkApp(app: AppConfig, plans: readonly PlanConfig[], path: Path): EntityProblem[] {
  const { slots = [] } = app
  const isPlanned = plans.some(({ name }) => isSame(name, app.plan))
  return [
    ...(isPlanned ? [] : [{ path: [...path, 'plan'], message: `there is no plan ${app.plan}` }]),
    ...twins(slots, [...path, 'slots']),
    ...checkAttachments(app, path),
    ...slots.flatMap((slot, index) => checkAttachments(slot, [...path, 'slots', index])),
  ]
}

function checkAttachments({ hybridConnections = [] }: SlotConfig, path: Path): EntityProblem[] {
  const below = [...path, 'hybridConnections']
  const named = hybridConnections.map((each) => (typeof each === 'string' ? { name: each } : each))
  return [
    ...twins(named, below),
    ...named.flatMap(({ name, endpoint }, index) => [
      ...(/^[^/]+\/./.test(name)
        ? []
        : [{ path: [...below, index], message: `${name} is not NAMESPACE/NAME` }]),
      ...(endpoint === undefined || parseEndpoint(endpoint)
        ? []
        : [{ path: [...below, index, 'endpoint'], message: `${endpoint} is not HOST:PORT` }]),
    ]),
  ]
}

function twins(items: readonly { readonly name: string }[], path: Path): EntityProblem[] {
  return items.flatMap(({ name }, index) =>
    items.findIndex((other) => isSame(other.name, name)) === index
      ? []
      : [{ path: [...path, index], message: `${name} is there twice` }],
  )
}

function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}
