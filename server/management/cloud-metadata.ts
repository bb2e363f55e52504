import type { FastifyRequest } from 'fastify'
import type { ArmSettings } from '../auth/identity.ts'

const AUDIENCES = ['https://management.core.windows.net/', 'https://management.azure.com/']

/**
 * `GET /metadata/endpoints`: where the parts of this cloud are, in the three shapes that versions ask for. `origin`
 * replaces the one of the request, where the request came over another port. Source: management-plane 1.2.
 */
export function cloudMetadata(
  request: FastifyRequest,
  { loginStyle }: ArmSettings,
  origin = `https://${request.headers.host ?? 'localhost'}`,
): unknown {
  const version = /[?&]api-version=([^&]*)/i.exec(request.raw.url ?? '')?.[1] ?? ''
  const isNew = version >= '2022'
  const isAdfs = loginStyle === 'adfs' || (loginStyle === 'auto' && !isNew)
  const loginEndpoint = isAdfs ? `${origin}/adfs` : origin
  if (version < '2018') {
    return {
      galleryEndpoint: `${origin}/gallery`,
      graphEndpoint: `${origin}/graph`,
      portalEndpoint: origin,
      authentication: { loginEndpoint, audiences: AUDIENCES },
    }
  }
  const cloud = describe(origin, loginEndpoint)
  return isNew ? cloud : [cloud]
}

/** The cloud as templates see it (`environment()`). */
export function describeCloud(
  origin: string,
  { loginStyle }: ArmSettings,
): Readonly<Record<string, unknown>> {
  return describe(origin, loginStyle === 'adfs' ? `${origin}/adfs` : origin)
}

function describe(origin: string, loginEndpoint: string): Readonly<Record<string, unknown>> {
  return {
    name: 'Emulator',
    portal: origin,
    resourceManager: `${origin}/`,
    authentication: {
      loginEndpoint,
      audiences: AUDIENCES,
      tenant: 'common',
      identityProvider: 'AAD',
    },
    graph: `${origin}/`,
    graphAudience: `${origin}/`,
    microsoftGraphResourceId: `${origin}/`,
    gallery: `${origin}/`,
    batch: 'https://batch.core.windows.net/',
    media: 'https://rest.media.azure.net',
    sqlManagement: 'https://management.core.windows.net:8443/',
    vmImageAliasDoc: `${origin}/`,
    activeDirectoryDataLake: 'https://datalake.azure.net/',
    ossrDbmsResourceId: 'https://ossrdbms-aad.database.windows.net',
    logAnalyticsResourceId: 'https://api.loganalytics.io',
    appInsightsResourceId: 'https://api.applicationinsights.io',
    synapseAnalyticsResourceId: 'https://dev.azuresynapse.net',
    attestationResourceId: 'https://attest.azure.net',
    suffixes: {
      storage: 'core.localhost',
      keyVaultDns: 'vault.localhost',
      sqlServerHostname: 'database.localhost',
      mysqlServerEndpoint: 'mysql.localhost',
      postgresqlServerEndpoint: 'postgres.localhost',
      mariadbServerEndpoint: 'mariadb.localhost',
      acrLoginServer: 'azurecr.localhost',
      attestationEndpoint: 'attest.localhost',
      synapseAnalytics: 'synapse.localhost',
      mhsmDns: 'mhsm.localhost',
      storageSyncEndpointSuffix: 'afs.localhost',
      azureDataLakeStoreFileSystem: 'adls.localhost',
      azureDataLakeAnalyticsCatalogAndJob: 'adla.localhost',
      azureFrontDoorEndpointSuffix: 'azurefd.localhost',
    },
  }
}
