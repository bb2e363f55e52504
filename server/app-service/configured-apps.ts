import { isDeepStrictEqual } from 'node:util'
import { type Endpoint, readEndpoint } from '../../protocol/user-metadata.ts'
import type { AppService, AppServiceDeps } from './app-service.ts'
import { AppServiceError } from './app-service-error.ts'
import {
  type Pair,
  type PlanRow,
  type SiteRef,
  type SiteRow,
  planKey,
  siteKey,
  siteLabel,
  siteRelayKey,
} from './entities.ts'
import { ruleFor } from './send-key.ts'

/** What the configuration file says of App Service, with defaults filled in; slots are behind their apps. */
export type ConfiguredApps = {
  readonly plans: readonly PlanRow[]
  readonly sites: readonly SiteRow[]
  readonly attachments: readonly ConfiguredAttachment[]
}

export type ConfiguredAttachment = {
  readonly site: SiteRef
  readonly pair: Pair
  /** Undefined: the one that the userMetadata names. */
  readonly endpoint: Endpoint | undefined
  readonly keyName: string
  readonly key: 'primary' | 'secondary'
}

type Parts = Pick<AppServiceDeps, 'plans' | 'sites' | 'siteRelays' | 'store'> & {
  readonly appService: AppService
}

/** Who changes something by the file, in events. */
const WHO = 'configuration'

/**
 * Makes plans, apps and attachments what the file says, at a start and at each reload; what it no longer says goes.
 * What was made or changed at run time stays, unless the file says otherwise. Answers a sentence for everything of
 * run time that gave way, and for everything that App Service refuses.
 */
export function configureApps(wanted: ConfiguredApps, parts: Parts): readonly string[] {
  return [
    ...removeOld(wanted, parts),
    ...wanted.plans.flatMap((plan) => putPlan(plan, parts)),
    ...wanted.sites.flatMap((site) => putSite(site, parts)),
    ...wanted.attachments.flatMap((attachment) => putAttachment(attachment, parts)),
    ...removeOldPlans(wanted, parts),
  ]
}

function removeOld(wanted: ConfiguredApps, { appService, sites, siteRelays }: Parts): string[] {
  const warnings: string[] = []
  const named = new Set(wanted.sites.map(siteKey))
  for (const site of sites.list()) {
    if (site.origin !== 'file' || named.has(siteKey(site))) continue
    for (const relay of appService.relays(site)) {
      if (relay.origin !== 'file') warnings.push(gone(`${pairOf(relay)} of app`, site, 'removed'))
    }
    appService.deleteSite(site, WHO)
  }
  const attached = new Set(wanted.attachments.map(({ site, pair }) => siteRelayKey(site, pair)))
  for (const relay of siteRelays.list()) {
    const site = { name: relay.site, slot: relay.slot }
    if (relay.origin === 'file' && !attached.has(siteRelayKey(site, relay))) {
      appService.detach(site, relay, WHO)
    }
  }
  return warnings
}

/** A plan that apps of run time use stays, as one of theirs. */
function removeOldPlans({ plans: wanted }: ConfiguredApps, { appService, plans }: Parts): string[] {
  const named = new Set(wanted.map(planKey))
  return plans.list().flatMap((plan) => {
    if (plan.origin !== 'file' || named.has(planKey(plan))) return []
    try {
      appService.deletePlan(plan)
      return []
    } catch (error) {
      if (!(error instanceof AppServiceError)) throw error
      appService.putPlan(plan)
      return [`plan ${plan.name} is not in the configuration any more and stays: ${error.message}`]
    }
  })
}

function putPlan(plan: PlanRow, { plans }: Parts): string[] {
  const known = plans.get(planKey(plan))
  // The file has no word for these.
  const kept = known && { name: known.name, capacity: known.capacity, tags: known.tags }
  const next: PlanRow = { ...plan, ...kept, origin: 'file' }
  return put(plans, planKey(plan), known, next, `plan ${plan.name}`)
}

function putSite(site: SiteRow, { sites }: Parts): string[] {
  const known = sites.get(siteKey(site))
  const kept = known && {
    name: known.name,
    slot: known.slot,
    tags: known.tags,
    properties: known.properties,
    config: known.config,
  }
  const next: SiteRow = { ...site, ...kept, origin: 'file' }
  return put(sites, siteKey(site), known, next, `app ${siteLabel(site)}`)
}

function putAttachment(
  { site: ref, pair, endpoint, keyName, key }: ConfiguredAttachment,
  { appService, siteRelays, store }: Parts,
): string[] {
  const what = `${pairOf(pair)} at app ${siteLabel(ref)}`
  const site = appService.site(ref)
  const entity = store.hybridConnection(pair.namespace, pair.hybridConnection)
  const place = endpoint ?? readEndpoint(entity?.userMetadata)
  if (!site) return [`${what} is not attached: there is no such app.`]
  if (entity && !place) {
    return [
      `${what} is not attached: its userMetadata names no endpoint, and neither does the file.`,
    ]
  }
  const rule = ruleFor(store, pair, keyName)
  const known = appService.relay(ref, pair)
  const input = {
    hostname: place?.host,
    port: place?.port,
    sendKeyName: keyName,
    sendKeyValue: key === 'primary' ? rule?.primaryKey : rule?.secondaryKey,
  }
  const isSame =
    known?.hostname === input.hostname &&
    known?.port === input.port &&
    known?.sendKeyName.toLowerCase() === keyName.toLowerCase() &&
    known?.sendKeyValue === input.sendKeyValue
  try {
    const row = known && isSame ? known : appService.attach(site, pair, input, WHO)
    if (row.origin !== 'file') siteRelays.put(siteRelayKey(ref, pair), { ...row, origin: 'file' })
    return known && !isSame && known.origin !== 'file' ? [overwritten(what)] : []
  } catch (error) {
    if (!(error instanceof AppServiceError)) throw error
    return [`${what} is not attached: ${error.message}`]
  }
}

/** Writes what differs; tells of a row of run time that differs by more than the mark. */
function put<Row extends { readonly origin?: 'file' }>(
  rows: { put(key: string, row: Row): void },
  key: string,
  known: Row | undefined,
  next: Row,
  what: string,
): string[] {
  if (known && isDeepStrictEqual(known, next)) return []
  rows.put(key, next)
  const isTaken =
    known && known.origin !== 'file' && !isDeepStrictEqual({ ...known, origin: 'file' }, next)
  return isTaken ? [overwritten(what)] : []
}

function overwritten(what: string): string {
  return `${what}, made or changed at run time, was overwritten by the configuration.`
}

function gone(what: string, site: SiteRef, outcome: string): string {
  return `${what} ${siteLabel(site)}, made at run time, was ${outcome} by the configuration.`
}

function pairOf(pair: Pair): string {
  return `${pair.namespace}/${pair.hybridConnection}`
}
