import { lintUserMetadata } from '../../protocol/metadata-lint.ts'
import { grants } from '../../protocol/entity.ts'
import type { EventFeed } from '../events.ts'
import { resourceGroupOf } from '../namespace/arm-ids.ts'
import type { NamespaceStore } from '../namespace/store.ts'
import { AppServiceError } from './app-service-error.ts'
import { type LimitUse, checkRoom, distinctPairs, planUse } from './eligibility.ts'
import {
  type Pair,
  type PlanRef,
  type PlanRow,
  type SiteRef,
  type SiteRelayRow,
  type SiteRow,
  pairKey,
  planKey,
  siteKey,
  siteLabel,
  siteRelayKey,
} from './entities.ts'
import { ruleFor } from './send-key.ts'
import type { LimitProfile } from './skus.ts'

/** Rows of one kind by a key that is compared without case. */
export type Rows<Row> = {
  get(key: string): Row | undefined
  list(): readonly Row[]
  put(key: string, row: Row): void
  delete(key: string): boolean
  deleteWhere(isGone: (row: Row) => boolean): number
}

export type AppServiceDeps = {
  readonly plans: Rows<PlanRow>
  readonly sites: Rows<SiteRow>
  readonly siteRelays: Rows<SiteRelayRow>
  readonly store: NamespaceStore
  readonly events: EventFeed
  /** In force now; it may change while the server runs. */
  readonly profile: () => LimitProfile
}

/** What attaching a hybrid connection says; what is left out keeps its value or gets a default. */
export type AttachInput = {
  readonly hostname?: string | undefined
  readonly port?: number | undefined
  readonly sendKeyName?: string | undefined
  readonly sendKeyValue?: string | undefined
  readonly serviceBusSuffix?: string | undefined
}

const SUFFIX = '.servicebus.windows.net'

/** Plans, apps, slots and their hybrid connections. Every refusal is an {@link AppServiceError}. One per server. */
export class AppService {
  readonly #deps: AppServiceDeps

  constructor(deps: AppServiceDeps) {
    this.#deps = deps
  }

  get profile(): LimitProfile {
    return this.#deps.profile()
  }

  plans(): readonly PlanRow[] {
    return this.#deps.plans.list()
  }

  plan(ref: PlanRef): PlanRow | undefined {
    return this.#deps.plans.get(planKey(ref))
  }

  /** Creates or replaces; the names keep the spelling of their first creation. */
  putPlan(row: PlanRow): PlanRow {
    const known = this.plan(row)
    const { origin: _origin, ...changed } = row
    const stored = known
      ? { ...changed, name: known.name, resourceGroup: known.resourceGroup }
      : changed
    this.#deps.plans.put(planKey(row), stored)
    return stored
  }

  /** False when there was none. Throws while it has apps. */
  deletePlan(ref: PlanRef): boolean {
    const apps = this.sitesOf(ref).filter(({ slot }) => slot === null)
    if (apps.length > 0) {
      const names = apps.map(({ name }) => name).join(', ')
      throw new AppServiceError(
        'APP_CONFLICT',
        `Server farm '${ref.name}' cannot be deleted because it has web app(s) ${names} assigned to it.`,
        'plan',
      )
    }
    return this.#deps.plans.delete(planKey(ref))
  }

  /** Apps without their slots. */
  sites(): readonly SiteRow[] {
    return this.#deps.sites.list().filter(({ slot }) => slot === null)
  }

  slots(name: string): readonly SiteRow[] {
    return this.#deps.sites.list().filter((site) => site.slot !== null && isSame(site.name, name))
  }

  site(ref: SiteRef): SiteRow | undefined {
    return this.#deps.sites.get(siteKey(ref))
  }

  /** Apps and slots of a plan. */
  sitesOf(plan: PlanRef): readonly SiteRow[] {
    return this.#deps.sites.list().filter((site) => planKey(site.plan) === planKey(plan))
  }

  putSite(row: SiteRow): SiteRow {
    if (!this.plan(row.plan)) {
      throw new AppServiceError(
        'APP_NOT_FOUND',
        `Cannot find ServerFarm with name ${row.plan.name}.`,
        'serverFarmId',
      )
    }
    const known = this.site(row)
    const { origin: _origin, ...changed } = row
    const stored = known ? { ...changed, name: known.name, slot: known.slot } : changed
    this.#deps.sites.put(siteKey(row), stored)
    return stored
  }

  /** An app goes with its slots and all that is attached. False when there was none. */
  deleteSite(ref: SiteRef, who: string | null): boolean {
    const all = ref.slot === null ? [...this.slots(ref.name), ref] : [ref]
    for (const one of all) {
      for (const relay of this.relays(one)) this.detach(one, relay, who)
    }
    return all.map((one) => this.#deps.sites.delete(siteKey(one))).at(-1) ?? false
  }

  /** What is attached anywhere. */
  allRelays(): readonly SiteRelayRow[] {
    return this.#deps.siteRelays.list()
  }

  relays(site: SiteRef): readonly SiteRelayRow[] {
    return this.allRelays().filter((row) => isOf(row, site))
  }

  relay(site: SiteRef, pair: Pair): SiteRelayRow | undefined {
    return this.#deps.siteRelays.get(siteRelayKey(site, pair))
  }

  /** What hangs on the apps and slots of a plan; a pair once for each. */
  relaysOf(plan: PlanRef): readonly SiteRelayRow[] {
    const keys = new Set(this.sitesOf(plan).map(siteKey))
    return this.allRelays().filter(({ site: name, slot }) => keys.has(siteKey({ name, slot })))
  }

  /** Distinct pairs of a plan. */
  pairsOf(plan: PlanRef): readonly SiteRelayRow[] {
    return distinctPairs(this.relaysOf(plan))
  }

  /** With `profile` as it would be with that one. */
  planUse(plan: PlanRow, profile = this.profile): LimitUse {
    return planUse(plan, this.relaysOf(plan), profile)
  }

  /** The same as counted for one app: its own where the limit is per app. */
  siteUse(site: SiteRow): LimitUse {
    const plan = this.plan(site.plan)
    if (!plan) return { maximum: 0, per: 'plan', used: this.relays(site).length }
    const use = this.planUse(plan)
    return use.per === 'plan' ? use : { ...use, used: this.relays(site).length }
  }

  /** Throws where an app may not have this hybrid connection as well, for whatever reason but its metadata. */
  checkEligible(site: SiteRow, pair: Pair): void {
    const { store } = this.#deps
    const entity = store.hybridConnection(pair.namespace, pair.hybridConnection)
    if (!entity) {
      throw new AppServiceError(
        'APP_NOT_FOUND',
        `The hybrid connection '${pair.hybridConnection}' of namespace '${pair.namespace}' was not found.`,
        'relayArmUri',
      )
    }
    if (!entity.requiresClientAuthorization) {
      throw new AppServiceError(
        'APP_NOT_ELIGIBLE',
        `App Service cannot use the hybrid connection '${entity.name}': its client authorization is off, and an app always signs with a key.`,
        'relayArmUri',
      )
    }
    const plan = this.plan(site.plan)
    if (!plan) throw new AppServiceError('APP_NOT_FOUND', 'The app has no plan.', 'serverFarmId')
    checkRoom(pair, {
      plan,
      isWindowsContainer: site.isWindowsContainer,
      inPlan: this.relaysOf(plan),
      atApp: this.relays(site),
      profile: this.profile,
    })
  }

  /**
   * Attaches a hybrid connection, or changes how it is attached. An empty key keeps the one that is stored under the
   * same name, else is the primary key of the rule. Metadata that cannot work is only warned of: an attachment has
   * host and port of its own. Source: management-plane 5.3.
   */
  attach(site: SiteRow, pair: Pair, input: AttachInput, who: string | null): SiteRelayRow {
    this.checkEligible(site, pair)
    const { store, siteRelays } = this.#deps
    const namespace = store.get(pair.namespace)!
    const entity = store.hybridConnection(pair.namespace, pair.hybridConnection)!
    const known = this.relay(site, pair)
    const hostname = input.hostname ?? known?.hostname ?? ''
    const port = input.port ?? known?.port ?? -1
    checkPlace(hostname, port)
    const twin = this.relays(site).find(
      (row) =>
        pairKey(row) !== pairKey(pair) && isSame(row.hostname, hostname) && row.port === port,
    )
    if (twin) {
      throw new AppServiceError(
        'APP_CONFLICT',
        `The app '${siteLabel(site)}' has the endpoint ${hostname}:${port} already, by the hybrid connection '${twin.hybridConnection}'.`,
        'hostname',
      )
    }
    const sendKeyName = input.sendKeyName || known?.sendKeyName || ''
    const rule = ruleFor(store, pair, sendKeyName)
    // Differs from Azure: a rule without the right Send is refused when it is attached; Azure looks at no key then.
    if (rule && !grants(rule.rights, 'Send')) {
      throw new AppServiceError(
        'APP_INPUT_INVALID',
        `The rule '${rule.name}' has no right to Send.`,
        'sendKeyName',
      )
    }
    const kept = known && isSame(known.sendKeyName, sendKeyName) ? known.sendKeyValue : undefined
    const row: SiteRelayRow = {
      site: site.name,
      slot: site.slot,
      namespace: namespace.name,
      hybridConnection: entity.name,
      relayGroup: resourceGroupOf(namespace),
      hostname,
      port,
      sendKeyName,
      sendKeyValue: input.sendKeyValue || kept || (rule?.primaryKey ?? ''),
      serviceBusSuffix: input.serviceBusSuffix || known?.serviceBusSuffix || SUFFIX,
    }
    siteRelays.put(siteRelayKey(site, pair), row)
    const message = `the hybrid connection was ${known ? 'set anew at' : 'attached to'} app ${siteLabel(site)}`
    this.#report(row, message, who)
    this.#warnOfMetadata(row, entity.userMetadata, who)
    return row
  }

  /** False when it was not attached. */
  detach(site: SiteRef, pair: Pair, who: string | null): boolean {
    const known = this.relay(site, pair)
    if (!known) return false
    this.#deps.siteRelays.delete(siteRelayKey(site, pair))
    this.#report(known, `the hybrid connection was detached from app ${siteLabel(site)}`, who)
    return true
  }

  #report({ namespace, hybridConnection }: Pair, message: string, who: string | null): void {
    this.#deps.events.emit({ type: 'entityChanged', namespace, hybridConnection, who, message })
  }

  #warnOfMetadata(row: SiteRelayRow, userMetadata: string | undefined, who: string | null): void {
    const fault = lintUserMetadata(userMetadata ?? '').find(({ level }) => level === 'error')
    if (!fault) return
    const { namespace, hybridConnection } = row
    this.#deps.events.emit({
      type: 'entityChanged',
      level: 'warning',
      namespace,
      hybridConnection,
      who,
      code: fault.code,
      message: `app ${siteLabel({ name: row.site, slot: row.slot })} has a hybrid connection attached whose userMetadata the agent cannot use: ${fault.message}`,
    })
  }
}

/** Port 0 is taken: Terraform's validator allows it. Source: management-plane 5.3. */
function checkPlace(hostname: string, port: number): void {
  if (hostname === '') {
    throw new AppServiceError('APP_INPUT_INVALID', 'The hostname must not be empty.', 'hostname')
  }
  if (port < 0 || port > 65_535) {
    throw new AppServiceError('APP_INPUT_INVALID', 'The port must be 0 to 65535.', 'port')
  }
}

function isOf(row: SiteRelayRow, { name, slot }: SiteRef): boolean {
  return isSame(row.site, name) && isSame(row.slot ?? '', slot ?? '')
}

function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}
