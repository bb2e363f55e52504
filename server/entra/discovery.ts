/** The documents by which clients find the token service. Source: management-plane 2.1. */

/** Names of tenants under which no issuer can be told. */
const SHARED: ReadonlySet<string> = new Set(['common', 'organizations', 'consumers'])

/** `/{tenant}/[v2.0/].well-known/openid-configuration`. `origin` as the client wrote it, e.g. `https://localhost:9444`. */
export function openIdDocument(origin: string, tenant: string): object {
  const base = `${origin}/${tenant}`
  return {
    token_endpoint: `${base}/oauth2/v2.0/token`,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
    jwks_uri: `${base}/discovery/v2.0/keys`,
    response_modes_supported: ['query', 'fragment', 'form_post'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    issuer: idTokenIssuer(origin, tenant),
    authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    device_authorization_endpoint: `${base}/oauth2/v2.0/devicecode`,
    end_session_endpoint: `${base}/oauth2/v2.0/logout`,
    claims_supported: ['sub', 'iss', 'aud', 'exp', 'iat', 'oid', 'tid'],
    cloud_instance_name: 'microsoftonline.com',
    tenant_region_scope: null,
  }
}

/** `/adfs/.well-known/openid-configuration`: clients ask nobody else about an authority of this form. */
export function adfsDocument(origin: string): object {
  const base = `${origin}/adfs`
  return {
    issuer: base,
    authorization_endpoint: `${base}/oauth2/authorize/`,
    token_endpoint: `${base}/oauth2/token/`,
    jwks_uri: `${base}/discovery/keys`,
    device_authorization_endpoint: `${base}/oauth2/devicecode`,
    response_types_supported: ['code', 'id_token'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    token_endpoint_auth_methods_supported: ['client_secret_post'],
  }
}

/** `/common/discovery/instance`: MSAL asks whether an authority is a known one. */
export function instanceDocument(origin: string, tenant: string): object {
  const { host } = new URL(origin)
  return {
    tenant_discovery_endpoint: `${origin}/${tenant}/v2.0/.well-known/openid-configuration`,
    'api-version': '1.1',
    metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
  }
}

/** `/common/userrealm/{upn}`: no federation. */
export function userRealm(upn: string): object {
  return {
    ver: '1.0',
    account_type: 'Managed',
    domain_name: upn.split('@')[1] ?? '',
    cloud_instance_name: 'microsoftonline.com',
    cloud_audience_urn: 'urn:federation:MicrosoftOnline',
  }
}

/** Issuer of id tokens: clients compare it with the authority they asked. */
export function idTokenIssuer(origin: string, tenant: string): string {
  if (tenant === 'adfs') return `${origin}/adfs`
  return `${origin}/${SHARED.has(tenant) ? '{tenantid}' : tenant}/v2.0`
}
