import type { Principal } from '../auth/principal.ts'

/** A resource as the management plane shows it. */
export type ArmResource = {
  readonly id: string
  readonly name: string
  readonly type: string
} & Readonly<Record<string, unknown>>

/** A body that was read: any JSON object. */
export type ArmBody = Readonly<Record<string, unknown>>

/** Where a resource hangs: the tenant, a subscription, a resource group, or another resource that it extends. */
export type ArmScope = {
  /** Canonical, e.g. `/subscriptions/SUB/resourceGroups/rg1`; '' for the tenant. */
  readonly id: string
  readonly subscriptionId: string | null
  readonly resourceGroup: string | null
}

/** One call, as handlers see it. */
export type ArmCall = {
  readonly principal: Principal
  readonly apiVersion: string
  /** `https://HOST` as the client wrote it, for absolute URLs. */
  readonly origin: string
  /** Path of the request, without query; '' for a call the emulator makes by itself. */
  readonly address: string
  readonly query: URLSearchParams
  /** `address:port` of the caller. */
  readonly remote: string
}

/** One resource of a type: its scope, the names of its parents and its own, and its canonical id. */
export type ResourceRef = {
  readonly scope: ArmScope
  /** From the outermost parent to the resource itself, as the caller wrote them. */
  readonly names: readonly string[]
  readonly id: string
}

/** The resources of a type below one parent: `names` are those of the parents alone. */
export type CollectionRef = { readonly scope: ArmScope; readonly names: readonly string[] }

type MaybePromise<Value> = Value | Promise<Value>

/** Any other answer: `body` is written as JSON, `text` as it is. Status 200 when left out. */
export type ArmAnswer = {
  readonly status?: number
  readonly body?: unknown
  readonly text?: { readonly content: string; readonly type: string }
  readonly headers?: Readonly<Record<string, string>>
}

/** How PUT and PATCH end; status 200 when left out. */
export type WriteAnswer = {
  readonly resource: ArmResource
  readonly status?: 200 | 201 | 202
  readonly headers?: Readonly<Record<string, string>>
}

/** How DELETE ends: 204 when nothing was there, else the status, 200 when left out. */
export type DeleteAnswer =
  | { readonly existed: false }
  | {
      readonly existed: true
      readonly status?: 200 | 202
      readonly body?: ArmBody
      readonly headers?: Readonly<Record<string, string>>
    }

/** An operation on a resource beside the usual ones, e.g. `listKeys`. */
export type ResourceAction = {
  readonly method: 'POST' | 'GET'
  /** Last word of the permission: `listKeys/action`; for a GET `read`. Left out: the action's name and `/action`. */
  readonly permission?: string
  run(call: ArmCall, ref: ResourceRef, body: ArmBody): MaybePromise<ArmAnswer>
}

/**
 * One type of resource. The router has checked token, role, api-version, group and parents before any of these
 * runs; what is left out answers 405. Errors are `ArmError` or `StoreError`.
 */
export type ResourceType = {
  /** As Azure spells it in ids, e.g. `namespaces/hybridConnections`. */
  readonly type: string
  /** Where its first segment may hang; `group` when left out. `any` is for extensions. */
  readonly at?: 'group' | 'subscription' | 'tenant' | 'any'
  /** A top-level resource with a location, which `/resources` lists and the group's deletion deletes. */
  readonly isTracked?: boolean
  /** Name of the type in permissions where Azure spells it otherwise. */
  readonly permissionType?: string
  /** Whoever is signed in may read it, anywhere. */
  readonly isPublic?: boolean
  /** Whether the parent must be there before a PUT; true when left out. */
  readonly needsParent?: boolean
  get?(call: ArmCall, ref: ResourceRef): MaybePromise<ArmResource | undefined>
  /** Without a resource group in the scope: those of all groups. */
  list?(call: ArmCall, collection: CollectionRef): MaybePromise<readonly ArmResource[]>
  put?(call: ArmCall, ref: ResourceRef, body: ArmBody): MaybePromise<WriteAnswer>
  patch?(call: ArmCall, ref: ResourceRef, body: ArmBody): MaybePromise<WriteAnswer>
  delete?(call: ArmCall, ref: ResourceRef): MaybePromise<DeleteAnswer>
  readonly actions?: Readonly<Record<string, ResourceAction>>
  /** What a list says besides `value`, e.g. the `nextLink: null` of Microsoft.Web. */
  readonly listExtras?: ArmBody
}

/** An operation of a provider on a whole scope, e.g. `checkNameAvailability`. */
export type ProviderAction = {
  readonly method: 'POST' | 'GET'
  readonly at: 'tenant' | 'subscription' | 'group' | 'any'
  /** Permission that the caller needs at the scope; null for none. */
  readonly permission: string | null
  run(call: ArmCall, scope: ArmScope, body: ArmBody): MaybePromise<ArmAnswer>
}

/** A resource provider: a namespace with types. */
export type ArmProvider = {
  /** E.g. `Microsoft.Relay`. */
  readonly namespace: string
  readonly types: readonly ResourceType[]
  /** By name, e.g. `checkNameAvailability`. */
  readonly actions?: Readonly<Record<string, ProviderAction>>
  /** What the provider's registration lists; clients take the first api-version that is no preview. */
  readonly registration: readonly {
    readonly resourceType: string
    readonly apiVersions: readonly string[]
    readonly capabilities?: string
  }[]
}
