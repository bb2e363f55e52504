import type { AppService } from '../app-service/app-service.ts'
import {
  type PlanRow as Plan,
  type SiteRow,
  pairKey,
  siteKey,
  siteLabel,
} from '../app-service/entities.ts'
import { sendKeyState } from '../app-service/send-key.ts'
import { type LimitProfile, skuOf } from '../app-service/skus.ts'
import type { AdminDeps } from './admin-deps.ts'
import type { AppConnectionRow, AppRow, PlanRow } from './contract.ts'
import type { Attachment } from './diagnosis.ts'
import { type Live, type LiveCounts, countLive, liveNow } from './rows.ts'

/** The admin port's deps where there are apps. */
export type AppDeps = AdminDeps & { readonly appService: AppService }

/** With `profile` as they would be with that one. */
export function planRows(deps: AppDeps, profile?: LimitProfile): readonly PlanRow[] {
  return deps.appService.plans().map((plan) => planRow(plan, deps.appService, profile))
}

export function planRow(plan: Plan, appService: AppService, profile?: LimitProfile): PlanRow {
  const { used, maximum, per } = appService.planUse(plan, profile)
  const relays = appService.relaysOf(plan)
  return {
    plan: plan.name,
    group: plan.resourceGroup,
    sku: plan.sku,
    tier: skuOf(plan.sku)?.tier ?? plan.sku,
    location: plan.location,
    os: systemOf(plan.isLinux, plan.isWindowsContainer),
    apps: appService.sitesOf(plan).map(siteLabel),
    used,
    limit: maximum,
    limitPer: per,
    hybridConnections: appService.pairsOf(plan).map((pair) => ({
      namespace: pair.namespace,
      name: pair.hybridConnection,
      apps: relays
        .filter((relay) => pairKey(relay) === pairKey(pair))
        .map(({ site: name, slot }) => siteLabel({ name, slot })),
    })),
  }
}

/** Every app with its slots behind it. */
export function appRows(deps: AppDeps): readonly AppRow[] {
  const { appService } = deps
  const live = liveNow(deps.live)
  const counts = countLive(live)
  return appService
    .sites()
    .flatMap((site) => [site, ...appService.slots(site.name)])
    .map((site) => rowOf(site, deps, live, counts))
}

export function appRow(site: SiteRow, deps: AppDeps): AppRow {
  const live = liveNow(deps.live)
  return rowOf(site, deps, live, countLive(live))
}

/** What hangs on apps, for the findings. */
export function attachmentsOf({ appService, store }: AdminDeps): readonly Attachment[] {
  return (appService?.allRelays() ?? []).map((relay) => {
    const state = sendKeyState(store, relay)
    return {
      app: siteLabel({ name: relay.site, slot: relay.slot }),
      namespace: relay.namespace,
      hybridConnection: relay.hybridConnection,
      key: state === 'missing' || state === 'stale' ? state : 'valid',
    }
  })
}

function rowOf(site: SiteRow, deps: AppDeps, live: Live, counts: LiveCounts): AppRow {
  const { appService } = deps
  const plan = appService.plan(site.plan)
  const { used, maximum, per } = appService.siteUse(site)
  const pairs = new Map(appService.relays(site).map((relay) => [pairKey(relay), relay]))
  return {
    app: site.name,
    slot: site.slot,
    group: site.resourceGroup,
    plan: site.plan.name,
    sku: plan?.sku ?? '',
    location: site.location,
    os: systemOf(plan?.isLinux ?? false, site.isWindowsContainer),
    hybridConnections: connectionsOf(site, deps, counts),
    used,
    limit: maximum,
    limitPer: per,
    open: [...pairs.values()].reduce((sum, pair) => sum + live.open.from(pair, siteKey(site)), 0),
  }
}

function connectionsOf(
  site: SiteRow,
  { appService, store }: AppDeps,
  counts: LiveCounts,
): AppConnectionRow[] {
  return appService.relays(site).map((relay) => {
    const { namespace, hybridConnection, hostname, port, sendKeyName } = relay
    const { listeners } = counts.of({ namespace, hybridConnection })
    return {
      namespace,
      name: hybridConnection,
      host: hostname,
      port,
      keyName: sendKeyName,
      key: sendKeyState(store, relay),
      status: listeners > 0 ? 'Connected' : 'Not connected',
    }
  })
}

function systemOf(isLinux: boolean, isWindowsContainer: boolean): AppRow['os'] {
  if (isWindowsContainer) return 'windowsContainer'
  return isLinux ? 'linux' : 'windows'
}
