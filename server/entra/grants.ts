import type { IdentityPrincipal } from '../auth/identity.ts'
import type { Directory } from './directory.ts'
import { EntraError } from './entra-error.ts'
import { ACCESS_TOKEN_SECONDS, type GrantClaims, type TokenIssuer } from './token-issuer.ts'

/** A request to the token endpoint: its form, and what the address says. */
export type TokenRequest = {
  readonly form: URLSearchParams
  readonly tenant: string
  /** Issuer of id tokens. */
  readonly issuer: string
  /** Header of clients that send their secret there. */
  readonly authorization: string | undefined
}

export type TokenAnswer = Readonly<Record<string, string | number>>

/** What grants work with. */
export type GrantDeps = { readonly directory: Directory; readonly tokens: TokenIssuer }

/** Answers one token request. Throws {@link EntraError}. Source: management-plane 2.2. */
export async function answerTokenRequest(
  request: TokenRequest,
  deps: GrantDeps,
): Promise<TokenAnswer> {
  const { form, tenant } = request
  deps.directory.checkTenant(tenant)
  switch (form.get('grant_type')) {
    case 'client_credentials':
      return clientCredentials(request, deps)
    case 'password':
      return password(request, deps)
    case 'refresh_token':
      return refresh(request, deps)
    case 'device_code':
    case 'urn:ietf:params:oauth:grant-type:device_code':
      return deviceCode(request, deps)
    case null:
      throw new EntraError('invalidRequest', "The request must contain 'grant_type'.")
    default:
      throw new EntraError(
        'unsupportedGrant',
        'The grant type is not emulated: client_credentials, password, refresh_token and device_code are.',
      )
  }
}

async function clientCredentials(request: TokenRequest, deps: GrantDeps): Promise<TokenAnswer> {
  const { form } = request
  if (form.has('client_assertion')) {
    throw new EntraError(
      'badAssertion',
      'Client assertions (certificates) are not emulated; use client_secret.',
    )
  }
  const { clientId, secret } = clientOf(request)
  const principal = deps.directory.applicationWithSecret(clientId, secret)
  return appAnswer(principal, form, deps)
}

/** Answer for a principal without user: an application or a managed identity. */
async function appAnswer(
  principal: IdentityPrincipal,
  form: URLSearchParams,
  { directory, tokens }: GrantDeps,
): Promise<TokenAnswer> {
  const audience = audienceOf(form)
  const { identity } = directory
  const { clientId } = principal
  const token = await tokens.accessToken({ identity, principal, clientId, audience })
  return {
    token_type: 'Bearer',
    expires_in: ACCESS_TOKEN_SECONDS,
    ext_expires_in: ACCESS_TOKEN_SECONDS,
    ...(form.has('resource') && v1Members(audience, tokens.nowSeconds)),
    access_token: token,
  }
}

async function password(request: TokenRequest, deps: GrantDeps): Promise<TokenAnswer> {
  const { form } = request
  const clientId = required(form, 'client_id')
  deps.directory.checkClient(clientId)
  const user = deps.directory.userWithPassword(
    required(form, 'username'),
    form.get('password') ?? '',
  )
  return userAnswer(user, clientId, audienceOf(request.form), request, deps)
}

async function refresh(request: TokenRequest, deps: GrantDeps): Promise<TokenAnswer> {
  const given = required(request.form, 'refresh_token')
  const grant = await deps.tokens.readGrant('refresh', given)
  return grantAnswer(grant, request, deps)
}

async function deviceCode(request: TokenRequest, deps: GrantDeps): Promise<TokenAnswer> {
  const { form } = request
  const code = form.get('device_code') ?? required(form, 'code')
  return grantAnswer(await deps.tokens.readGrant('device', code), request, deps)
}

/** Clients say at the start of a device code what it is for, and need not say it again. */
function grantAnswer(
  { objectId, clientId, audience }: GrantClaims,
  request: TokenRequest,
  deps: GrantDeps,
): Promise<TokenAnswer> {
  const isAsked = request.form.has('scope') || request.form.has('resource')
  const wanted = isAsked ? audienceOf(request.form) : audience
  return userAnswer(userOf(objectId, deps), clientId, wanted, request, deps)
}

function userOf(objectId: string, { directory }: GrantDeps): IdentityPrincipal {
  const user = directory.byObjectId(objectId)
  if (user) return user
  throw new EntraError('expiredGrant', 'The user of the grant is not there any more.')
}

/** Answer for a user: what a client's account cache needs besides the token. */
async function userAnswer(
  user: IdentityPrincipal,
  clientId: string,
  audience: string,
  { form, issuer }: TokenRequest,
  { directory, tokens }: GrantDeps,
): Promise<TokenAnswer> {
  const { identity } = directory
  const common = { identity, principal: user, clientId }
  const info = { uid: user.objectId, utid: identity.tenantId }
  return {
    token_type: 'Bearer',
    scope: form.get('scope') ?? `${audience}/.default`,
    expires_in: ACCESS_TOKEN_SECONDS,
    ext_expires_in: ACCESS_TOKEN_SECONDS,
    ...(form.has('resource') && v1Members(audience, tokens.nowSeconds)),
    access_token: await tokens.accessToken({ ...common, audience }),
    refresh_token: await tokens.grant('refresh', { objectId: user.objectId, clientId, audience }),
    foci: '1',
    id_token: await tokens.idToken({ ...common, issuer }),
    client_info: Buffer.from(JSON.stringify(info)).toString('base64url'),
  }
}

/** What the v1 endpoint says besides. */
function v1Members(resource: string, nowSeconds: number): TokenAnswer {
  return {
    resource,
    expires_on: String(nowSeconds + ACCESS_TOKEN_SECONDS),
    not_before: String(nowSeconds),
  }
}

/** OpenID scopes name no resource. */
const OPENID_SCOPES: ReadonlySet<string> = new Set(['openid', 'profile', 'email', 'offline_access'])
const GRAPH = 'https://graph.microsoft.com'

/**
 * The audience that is asked for: `resource` of the v1 endpoint, else the scope before the last `/.default`
 * (which may leave a slash at its end), else before its last segment. Source: management-plane 2.2.
 */
export function audienceOf(form: URLSearchParams): string {
  const resource = form.get('resource')
  if (resource) return resource
  const scopes = (form.get('scope') ?? '').split(' ').filter((scope) => scope !== '')
  const [scope] = scopes.filter((one) => !OPENID_SCOPES.has(one))
  if (scope === undefined) {
    if (scopes.length > 0) return GRAPH
    throw new EntraError('invalidRequest', "The request must contain 'scope' or 'resource'.")
  }
  if (!scope.includes('/')) return GRAPH
  return scope.slice(0, scope.lastIndexOf('/'))
}

function clientOf({ form, authorization }: TokenRequest): {
  readonly clientId: string
  readonly secret: string
} {
  const [, encoded] = /^basic +(\S+)$/i.exec(authorization ?? '') ?? []
  if (encoded === undefined || form.has('client_secret')) {
    return { clientId: required(form, 'client_id'), secret: form.get('client_secret') ?? '' }
  }
  const [clientId = '', secret = ''] = Buffer.from(encoded, 'base64').toString().split(':')
  return { clientId: decode(clientId), secret: decode(secret) }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function required(form: URLSearchParams, name: string): string {
  const value = form.get(name)
  if (value) return value
  throw new EntraError('invalidRequest', `The request must contain '${name}'.`)
}
