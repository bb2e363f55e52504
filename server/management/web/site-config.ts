import { randomBytes } from 'node:crypto'
import type { SiteRow } from '../../app-service/entities.ts'
import type { ProviderDeps } from '../arm-deps.ts'
import { propertiesOf } from '../body-members.ts'
import { displayLocation } from '../locations.ts'
import type { ArmBody, ArmResource, ResourceRef, ResourceType } from '../resource-type.ts'
import { demandSite, findSite } from './find-site.ts'
import { siteId } from './web-ids.ts'

/** Configurations of apps and slots, which are stored and shown and change nothing. Source: management-plane 5.2. */
export function siteConfigTypes(deps: ProviderDeps): ResourceType[] {
  return [false, true].flatMap((isSlot) => [
    configType(isSlot, deps),
    credentialPolicyType(isSlot, deps),
  ])
}

/** Ones that hold secrets are shown by `list` alone, a POST. */
const SECRET = new Set(['appsettings', 'connectionstrings', 'metadata', 'publishingcredentials'])

const WEB_DEFAULTS = {
  numberOfWorkers: 1,
  linuxFxVersion: '',
  windowsFxVersion: null,
  netFrameworkVersion: 'v4.0',
  ftpsState: 'AllAllowed',
  alwaysOn: true,
  http20Enabled: true,
}

function configType(isSlot: boolean, deps: ProviderDeps): ResourceType {
  const nameOf = ({ names }: ResourceRef) => (names.at(-1) ?? '').toLowerCase()
  const shown = (site: SiteRow, name: string) => configResource(site, name, deps)
  const write = (ref: ResourceRef, body: ArmBody, isMerged: boolean) => {
    const site = demandSite(ref, isSlot, deps)
    const name = nameOf(ref)
    const before = isMerged ? site.config[name] : {}
    const config = { ...site.config, [name]: { ...before, ...propertiesOf(body) } }
    return { resource: shown(deps.appService.putSite({ ...site, config }), name) }
  }
  return {
    type: isSlot ? 'sites/slots/config' : 'sites/config',
    get: (_call, ref) => {
      const site = findSite(ref, isSlot, deps)
      const name = nameOf(ref)
      return site && !SECRET.has(name) ? shown(site, name) : undefined
    },
    // A PUT of `web` changes what it names, unlike that of the others.
    put: (_call, ref, body) => write(ref, body, nameOf(ref) === 'web'),
    patch: (_call, ref, body) => write(ref, body, true),
    actions: {
      list: {
        method: 'POST',
        run: (_call, ref) => ({ body: shown(demandSite(ref, isSlot, deps), nameOf(ref)) }),
      },
    },
  }
}

function configResource(site: SiteRow, name: string, { settings }: ProviderDeps): ArmResource {
  const { subscriptionId } = settings()
  const parent = site.slot === null ? 'sites' : 'sites/slots'
  const defaults =
    name === 'web' ? WEB_DEFAULTS : name === 'publishingcredentials' ? credentials(site) : {}
  return {
    id: `${siteId(subscriptionId, site)}/config/${name}`,
    name,
    type: `Microsoft.Web/${parent}/config`,
    location: displayLocation(site.location),
    properties: { ...defaults, ...site.config[name] },
  }
}

/** They open nothing: nothing can be published to the emulator. */
function credentials({ name, slot }: SiteRow): object {
  const label = slot === null ? name : `${name}-${slot}`
  return {
    publishingUserName: `$${name}`,
    publishingPassword: randomBytes(30).toString('hex'),
    scmUri: `https://${label.toLowerCase()}.scm.azurewebsites.net`,
  }
}

function credentialPolicyType(isSlot: boolean, deps: ProviderDeps): ResourceType {
  const parent = isSlot ? 'sites/slots' : 'sites'
  return {
    type: `${parent}/basicPublishingCredentialsPolicies`,
    get: (_call, ref) => {
      const site = findSite(ref, isSlot, deps)
      const name = ref.names.at(-1) ?? ''
      if (!site || !/^(?:ftp|scm)$/i.test(name)) return undefined
      const { subscriptionId } = deps.settings()
      return {
        id: `${siteId(subscriptionId, site)}/basicPublishingCredentialsPolicies/${name}`,
        name,
        type: `Microsoft.Web/${parent}/basicPublishingCredentialsPolicies`,
        location: displayLocation(site.location),
        properties: { allow: true },
      }
    },
  }
}
