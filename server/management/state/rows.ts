import type { Static } from 'typebox'
import { Type } from '../../json-type.ts'

/** What the management plane keeps beside the relay's own entities: one table per kind, each with its schema. */

const Tags = Type.Record(Type.String(), Type.String())
const Document = Type.Record(Type.String(), Type.Unknown())

const ResourceGroupRow = Type.Object({
  name: Type.String(),
  location: Type.String(),
  tags: Tags,
})

const RoleAssignmentRow = Type.Object({
  name: Type.String(),
  scope: Type.String(),
  roleId: Type.String(),
  principalId: Type.String(),
  principalType: Type.Unsafe<'User' | 'Group' | 'ServicePrincipal'>(Type.String()),
  createdOn: Type.String(),
  createdBy: Type.Unsafe<string | null>({ type: ['string', 'null'] }),
  description: Type.Optional(Type.String()),
  condition: Type.Optional(Type.String()),
  conditionVersion: Type.Optional(Type.String()),
})

const DeploymentRow = Type.Object({
  /** Canonical id of the deployment. */
  id: Type.String(),
  name: Type.String(),
  /** As it is shown. */
  resource: Document,
  template: Document,
  operations: Type.Array(Document),
})

const RelaySettingsRow = Type.Object({
  name: Type.String(),
  /** Members of a namespace that are stored and shown, and mean nothing here. */
  properties: Document,
})

const TextOrNull = Type.Unsafe<string | null>({ type: ['string', 'null'] })

/** The configuration file's own; rows made or changed at run time have none. */
const origin = Type.Optional(Type.Unsafe<'file'>({ const: 'file' }))

const PlanRow = Type.Object({
  origin,
  name: Type.String(),
  resourceGroup: Type.String(),
  location: Type.String(),
  sku: Type.String(),
  capacity: Type.Number(),
  kind: Type.String(),
  isLinux: Type.Boolean(),
  isWindowsContainer: Type.Boolean(),
  tags: Tags,
})

const SiteRow = Type.Object({
  origin,
  name: Type.String(),
  slot: TextOrNull,
  resourceGroup: Type.String(),
  location: Type.String(),
  kind: Type.String(),
  plan: Type.Object({ resourceGroup: Type.String(), name: Type.String() }),
  isWindowsContainer: Type.Boolean(),
  tags: Tags,
  properties: Document,
  config: Type.Record(Type.String(), Document),
})

const SiteRelayRow = Type.Object({
  origin,
  site: Type.String(),
  slot: TextOrNull,
  namespace: Type.String(),
  hybridConnection: Type.String(),
  relayGroup: Type.String(),
  hostname: Type.String(),
  port: Type.Number(),
  sendKeyName: Type.String(),
  sendKeyValue: Type.String(),
  serviceBusSuffix: Type.String(),
})

/** Every table by its name in the file. A new kind of row is added here. */
export const TABLES = {
  resourceGroups: ResourceGroupRow,
  roleAssignments: RoleAssignmentRow,
  deployments: DeploymentRow,
  relaySettings: RelaySettingsRow,
  plans: PlanRow,
  sites: SiteRow,
  siteRelays: SiteRelayRow,
} as const

export type TableName = keyof typeof TABLES
export type Rows = { readonly [Name in TableName]: Static<(typeof TABLES)[Name]> }
export type ResourceGroupRow = Rows['resourceGroups']
export type DeploymentRow = Rows['deployments']
