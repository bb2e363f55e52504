import { randomBytes } from 'node:crypto'
import type { SiteRow } from '../../app-service/entities.ts'
import { skuOf } from '../../app-service/skus.ts'
import type { ProviderDeps } from '../arm-deps.ts'
import { ArmError } from '../arm-error.ts'
import { flagOf, objectOf, propertiesOf, tagsOf, textOf } from '../body-members.ts'
import { displayLocation, normalLocation } from '../locations.ts'
import type {
  ArmBody,
  ArmResource,
  CollectionRef,
  ResourceRef,
  ResourceType,
} from '../resource-type.ts'
import { findSite } from './find-site.ts'
import { LIST_EXTRAS, isIn } from './plans.ts'
import { siteRelaysOf } from './site-relays.ts'
import { asArm } from './web-errors.ts'
import { planId, planOf, siteAt, siteId } from './web-ids.ts'

/** Apps and their slots. Source: management-plane 5.2. */
export function siteTypes(deps: ProviderDeps): ResourceType[] {
  return [siteType(false, deps), siteType(true, deps)]
}

/** Host name of an app, e.g. `web-stage` for a slot of `web`. */
function hostLabel({ name, slot }: Pick<SiteRow, 'name' | 'slot'>): string {
  return (slot === null ? name : `${name}-${slot}`).toLowerCase()
}

// Differs from Azure: an app is what is kept of it, and nothing runs; `app run --site` runs a program with its
// hybrid connections.
function siteType(isSlot: boolean, deps: ProviderDeps): ResourceType {
  const { appService } = deps
  const shown = (site: SiteRow) => siteResource(site, deps)
  const write = (ref: ResourceRef, body: ArmBody) => {
    const site = readSite(ref, isSlot, body, deps)
    return { resource: shown(asArm(() => appService.putSite(site))) }
  }
  return {
    type: isSlot ? 'sites/slots' : 'sites',
    ...(!isSlot && { isTracked: true }),
    listExtras: LIST_EXTRAS,
    get: (_call, ref) => {
      const site = findSite(ref, isSlot, deps)
      return site && shown(site)
    },
    list: (_call, ref) => sitesAt(ref, isSlot, deps).map(shown),
    put: (_call, ref, body) => write(ref, body),
    patch: (_call, ref, body) => write(ref, body),
    delete: (call, ref) => {
      const site = findSite(ref, isSlot, deps)
      return { existed: site !== undefined && appService.deleteSite(site, call.remote) }
    },
    actions: {
      hybridConnectionRelays: {
        method: 'GET',
        permission: 'hybridConnectionRelays/read',
        run: (_call, ref) => ({
          body: { value: siteRelaysOf(ref, isSlot, deps), ...LIST_EXTRAS },
        }),
      },
      publishxml: {
        method: 'POST',
        run: (_call, ref) => ({
          text: { content: publishProfile(siteAt(ref, isSlot)), type: 'application/xml' },
        }),
      },
    },
  }
}

function sitesAt({ scope, names }: CollectionRef, isSlot: boolean, { appService }: ProviderDeps) {
  const sites = isSlot ? appService.slots(names[0] ?? '') : appService.sites()
  return sites.filter(({ resourceGroup }) => isIn(scope.resourceGroup, resourceGroup))
}

/** What is left out stays as it is; a slot is on the plan of its app. */
function readSite(ref: ResourceRef, isSlot: boolean, body: ArmBody, deps: ProviderDeps): SiteRow {
  const { appService } = deps
  const at = siteAt(ref, isSlot)
  const known = appService.site(at)
  const resourceGroup = ref.scope.resourceGroup ?? ''
  if (known && known.resourceGroup.toLowerCase() !== resourceGroup.toLowerCase()) {
    throw new ArmError(409, 'Conflict', `Website with given name ${at.name} already exists.`)
  }
  const app = isSlot ? appService.site({ name: at.name, slot: null }) : undefined
  const { siteConfig: _config, serverFarmId: _plan, ...properties } = propertiesOf(body)
  const plan = planGiven(body, resourceGroup) ?? known?.plan ?? app?.plan
  if (!plan) {
    throw new ArmError(
      400,
      'BadRequest',
      'The parameter serverFarmId has an invalid value: it must name a plan.',
      {
        target: 'serverFarmId',
      },
    )
  }
  const row = appService.plan(plan)
  const location = textOf(body, 'location') ?? known?.location ?? app?.location ?? row?.location
  const config = objectOf(propertiesOf(body), 'siteConfig')
  const isContainer =
    flagOf(properties, 'hyperV') === true || flagOf(properties, 'isXenon') === true
  return {
    ...at,
    resourceGroup: known?.resourceGroup ?? resourceGroup,
    location: normalLocation(location ?? ''),
    kind: textOf(body, 'kind') ?? known?.kind ?? (row?.isLinux === true ? 'app,linux' : 'app'),
    plan,
    isWindowsContainer:
      'hyperV' in properties || 'isXenon' in properties
        ? isContainer
        : (known?.isWindowsContainer ?? false),
    tags: tagsOf(body) ?? known?.tags ?? {},
    properties: { ...known?.properties, ...properties },
    config: {
      ...known?.config,
      ...(config && { web: { ...known?.config['web'], ...withoutSettings(config) } }),
      ...(config && settingsOf(config)),
    },
  }
}

function planGiven(body: ArmBody, resourceGroup: string): SiteRow['plan'] | undefined {
  const id = textOf(propertiesOf(body), 'serverFarmId')
  return id === undefined || id === '' ? undefined : planOf(id, resourceGroup)
}

/** `appSettings` of a `siteConfig` is a list of pairs; `config/appsettings` is a map. */
function settingsOf({ appSettings }: ArmBody): Record<string, Record<string, unknown>> {
  if (!Array.isArray(appSettings)) return {}
  const pairs = appSettings.flatMap((pair: { name?: unknown; value?: unknown } | null) =>
    typeof pair?.name === 'string' ? [[pair.name, pair.value]] : [],
  )
  return { appsettings: Object.fromEntries(pairs) as Record<string, unknown> }
}

function withoutSettings({ appSettings: _settings, ...config }: ArmBody): ArmBody {
  return config
}

function siteResource(site: SiteRow, { appService, settings }: ProviderDeps): ArmResource {
  const { subscriptionId } = settings()
  const plan = appService.plan(site.plan)
  const label = hostLabel(site)
  const host = `${label}.azurewebsites.net`
  const scm = `${label}.scm.azurewebsites.net`
  return {
    id: siteId(subscriptionId, site),
    name: site.slot === null ? site.name : `${site.name}/${site.slot}`,
    type: site.slot === null ? 'Microsoft.Web/sites' : 'Microsoft.Web/sites/slots',
    kind: site.kind,
    location: displayLocation(site.location),
    tags: Object.keys(site.tags).length > 0 ? site.tags : null,
    identity: null,
    properties: {
      httpsOnly: false,
      clientAffinityEnabled: true,
      clientCertEnabled: false,
      hostNamesDisabled: false,
      keyVaultReferenceIdentity: 'SystemAssigned',
      ...site.properties,
      name: site.slot === null ? site.name : `${site.name}(${site.slot})`,
      state: 'Running',
      hostNames: [host],
      repositorySiteName: site.name,
      usageState: 'Normal',
      enabled: true,
      enabledHostNames: [host, scm],
      availabilityState: 'Normal',
      hostNameSslStates: [
        { name: host, sslState: 'Disabled', hostType: 'Standard' },
        { name: scm, sslState: 'Disabled', hostType: 'Repository' },
      ],
      serverFarmId: planId(subscriptionId, plan ?? site.plan),
      reserved: plan?.isLinux ?? false,
      isXenon: site.isWindowsContainer,
      hyperV: site.isWindowsContainer,
      siteConfig: { numberOfWorkers: 1, linuxFxVersion: '', alwaysOn: true, http20Enabled: true },
      sku: plan ? skuOf(plan.sku)?.tier : null,
      kind: site.kind,
      resourceGroup: site.resourceGroup,
      defaultHostName: host,
    },
  }
}

/** Nothing can be published to the emulator; the password opens nothing. Source: management-plane 5.2. */
function publishProfile(site: Pick<SiteRow, 'name' | 'slot'>): string {
  const label = hostLabel(site)
  const user = site.slot === null ? site.name : `${site.name}__${site.slot}`
  const common = `msdeploySite="${user}" userName="$${user}" userPWD="${randomBytes(30).toString('hex')}" destinationAppUrl="http://${label}.azurewebsites.net" SQLServerDBConnectionString="" mySQLDBConnectionString="" hostingProviderForumLink="" controlPanelLink="" webSystem="WebSites"`
  return (
    `<publishData><publishProfile profileName="${site.name} - Web Deploy" publishMethod="MSDeploy" publishUrl="${label}.scm.azurewebsites.net:443" ${common}><databases /></publishProfile>` +
    `<publishProfile profileName="${site.name} - FTP" publishMethod="FTP" publishUrl="ftp://${label}.ftp.azurewebsites.net/site/wwwroot" ftpPassiveMode="True" ${common}><databases /></publishProfile></publishData>`
  )
}
