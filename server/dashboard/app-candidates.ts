import { lintUserMetadata } from '../../protocol/metadata-lint.ts'
import { grants } from '../../protocol/entity.ts'
import { readEndpoint } from '../../protocol/user-metadata.ts'
import { AppServiceError } from '../app-service/app-service-error.ts'
import { type SiteRow, pairKey } from '../app-service/entities.ts'
import { hybridConnectionId, resourceGroupId } from '../namespace/arm-ids.ts'
import type { Namespace, HybridConnection } from '../../protocol/entity.ts'
import type { AppDeps } from './app-rows.ts'
import type { CandidateRow } from './contract.ts'
import { notFound } from './find-entity.ts'
import { countLive, liveNow } from './rows.ts'

/** What somebody does who attaches a hybrid connection. Source: management-plane 6.1. */
const READ = 'Microsoft.Relay/namespaces/hybridConnections/read'
const LIST_KEYS = 'Microsoft.Relay/namespaces/hybridConnections/authorizationRules/listKeys/action'
const ATTACH = 'Microsoft.Web/sites/hybridConnectionNamespaces/relays/write'

/**
 * Every hybrid connection as App Service would offer it to an app, with the reasons that keep it from being attached.
 * With `objectId` as that principal would see it: those it may not read are left out. Source: dashboard 2.6.
 */
export function candidatesFor(
  site: SiteRow,
  objectId: string | undefined,
  deps: AppDeps,
): readonly CandidateRow[] {
  const { store } = deps
  const missingActions = missingFor(site, objectId, deps)
  const counts = countLive(liveNow(deps.live))
  return store.list().flatMap((namespace) =>
    namespace.hybridConnections.flatMap((entity): CandidateRow[] => {
      const missing = missingActions(namespace, entity)
      if (missing.includes(READ)) return []
      const pair = { namespace: namespace.name, hybridConnection: entity.name }
      const isAttached = deps.appService.relay(site, pair) !== undefined
      const reasons = isAttached ? [] : reasonsAgainst(site, namespace, entity, deps)
      return [
        {
          namespace: namespace.name,
          name: entity.name,
          endpoint: readEndpoint(entity.userMetadata) ?? null,
          location: namespace.location,
          isOtherRegion: normal(namespace.location) !== normal(site.location),
          status: counts.of(pair).listeners > 0 ? 'Connected' : 'Not connected',
          isAttached,
          reasons,
          missingActions: [...missing],
        },
      ]
    }),
  )
}

function reasonsAgainst(
  site: SiteRow,
  namespace: Namespace,
  entity: HybridConnection,
  { appService }: AppDeps,
): string[] {
  const pair = { namespace: namespace.name, hybridConnection: entity.name }
  const reasons: string[] = []
  try {
    appService.checkEligible(site, pair)
  } catch (error) {
    if (!(error instanceof AppServiceError)) throw error
    reasons.push(error.message)
  }
  const fault = lintUserMetadata(entity.userMetadata ?? '').find(({ level }) => level === 'error')
  if (fault) reasons.push(`Its user metadata cannot be used (${fault.code}): ${fault.message}`)
  const endpoint = readEndpoint(entity.userMetadata)
  const twin =
    endpoint &&
    appService
      .relays(site)
      .find(
        (relay) =>
          pairKey(relay) !== pairKey(pair) &&
          relay.hostname.toLowerCase() === endpoint.host.toLowerCase() &&
          relay.port === endpoint.port,
      )
  if (twin) {
    const place = `${twin.hostname}:${twin.port}`
    reasons.push(`The app has ${place} already, by ${twin.namespace}/${twin.hybridConnection}.`)
  }
  const rules = [...entity.authorizationRules, ...namespace.authorizationRules]
  if (!rules.some(({ rights }) => grants(rights, 'Send'))) {
    reasons.push('No authorization rule of it may send.')
  }
  return reasons
}

/** Tells which actions the principal lacks for a hybrid connection; none without a principal. */
function missingFor(site: SiteRow, objectId: string | undefined, { access }: AppDeps) {
  if (objectId === undefined) return (): readonly string[] => []
  const principal = access?.principal(objectId)
  if (!access || !principal) return notFound('principal', `no principal ${objectId}`)
  const subscriptionId = access.subscriptionId()
  const group = resourceGroupId(subscriptionId, site.resourceGroup)
  const slot = site.slot === null ? '' : `/slots/${site.slot}`
  const siteScope = `${group}/providers/Microsoft.Web/sites/${site.name}${slot}`
  return (namespace: Namespace, entity: HybridConnection): readonly string[] => {
    const scope = hybridConnectionId(subscriptionId, namespace, entity.name)
    const asked = [
      [READ, scope],
      [LIST_KEYS, scope],
      [ATTACH, siteScope],
    ] as const
    return asked
      .filter(([action, at]) => !access.may(principal, action, at))
      .map(([action]) => action)
  }
}

/** `West Europe` and `westeurope` are one region. */
function normal(location: string): string {
  return location.toLowerCase().replaceAll(' ', '')
}
