import type { JWTPayload, JWTVerifyGetKey } from 'jose'
import type { Principal } from './principal.ts'

/** Why a token of Entra ID is not taken; `message` quotes nothing of it. */
export type EntraFault =
  'malformed' | 'signature' | 'expired' | 'notYetValid' | 'issuer' | 'tenant' | 'audience'

export class EntraTokenError extends Error {
  override readonly name = 'EntraTokenError'
  readonly fault: EntraFault
  constructor(fault: EntraFault, message: string, options?: ErrorOptions) {
    super(message, options)
    this.fault = fault
  }
}

/** An issuer outside the emulator whose tokens are taken, e.g. `https://sts.windows.net/TENANT/` of Azure itself. */
export type TrustedIssuer = { readonly issuer: string; readonly jwksUri: string }

export type EntraVerifierOptions = {
  /** The emulator's own tenant. */
  readonly tenantId: () => string
  /** The public key of the emulator itself. */
  readonly ownKey: JWTVerifyGetKey
  readonly issuers: () => readonly TrustedIssuer[]
  /** Unix time in ms. */
  readonly now: () => number
}

/** Clocks may differ by this, seconds. Source: management-plane 2.3. */
const CLOCK_SKEW_SECONDS = 300

/** Verifies access tokens: signature, issuer, audience, life time. One per server. */
export class EntraVerifier {
  readonly #options: EntraVerifierOptions
  readonly #remote = new Map<string, JWTVerifyGetKey>()

  constructor(options: EntraVerifierOptions) {
    this.#options = options
  }

  /** `audiences` end without a slash; one at the end of `aud` makes no difference. Throws {@link EntraTokenError}. */
  async verify(token: string, audiences: readonly string[]): Promise<Principal> {
    // Loaded with the first token: most relays never see one.
    const jose = await import('jose')
    const issuer = issuerOf(jose, token)
    const keys = this.#keysOf(jose, issuer)
    const payload = await this.#verified(jose, token, keys)
    checkAudience(payload, audiences)
    return principalOf(payload)
  }

  #keysOf(jose: Jose, issuer: string): JWTVerifyGetKey {
    const { tenantId, ownKey, issuers } = this.#options
    if (issuer === ownIssuer(tenantId())) return ownKey
    const trusted = issuers().find((candidate) => candidate.issuer === issuer)
    if (trusted) return this.#remoteKeys(jose, trusted.jwksUri)
    if (/^https:\/\/sts\.windows\.net\/[^/]+\/$/.test(issuer)) {
      throw new EntraTokenError('tenant', 'The token was issued for another tenant.')
    }
    throw new EntraTokenError('issuer', 'The issuer of the token is not trusted here.')
  }

  #remoteKeys({ createRemoteJWKSet }: Jose, jwksUri: string): JWTVerifyGetKey {
    const known = this.#remote.get(jwksUri)
    if (known) return known
    const keys = createRemoteJWKSet(new URL(jwksUri))
    this.#remote.set(jwksUri, keys)
    return keys
  }

  async #verified(jose: Jose, token: string, keys: JWTVerifyGetKey): Promise<JWTPayload> {
    try {
      const { payload } = await jose.jwtVerify(token, keys, {
        algorithms: ['RS256'],
        clockTolerance: CLOCK_SKEW_SECONDS,
        currentDate: new Date(this.#options.now()),
        requiredClaims: ['exp', 'aud', 'iss'],
      })
      return payload
    } catch (error) {
      throw explained(jose, error)
    }
  }
}

/** The issuer of the emulator's own access tokens, in the form of v1. Source: management-plane 2.3. */
export function ownIssuer(tenantId: string): string {
  return `https://sts.windows.net/${tenantId}/`
}

type Jose = typeof import('jose')

function issuerOf({ decodeJwt }: Jose, token: string): string {
  try {
    const { iss } = decodeJwt(token)
    if (typeof iss === 'string') return iss
  } catch (cause) {
    throw new EntraTokenError('malformed', 'The token is no JWT.', { cause })
  }
  throw new EntraTokenError('malformed', 'The token names no issuer.')
}

function explained({ errors }: Jose, error: unknown): EntraTokenError {
  const options = { cause: error }
  if (error instanceof errors.JWTExpired) {
    return new EntraTokenError('expired', 'The access token expiry UTC time is over.', options)
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    return error.claim === 'nbf'
      ? new EntraTokenError('notYetValid', 'The token is not valid yet.', options)
      : new EntraTokenError('malformed', `The token has no usable ${error.claim}.`, options)
  }
  if (error instanceof errors.JWSSignatureVerificationFailed || isUnknownKey(errors, error)) {
    return new EntraTokenError('signature', 'The signature of the token is not valid.', options)
  }
  if (error instanceof errors.JOSEError && !UNREACHABLE.has(error.code)) {
    return new EntraTokenError('malformed', 'The token cannot be read.', options)
  }
  return new EntraTokenError('issuer', 'The keys of the issuer cannot be fetched.', options)
}

/** What jose throws when a key set cannot be fetched. */
const UNREACHABLE: ReadonlySet<string> = new Set(['ERR_JOSE_GENERIC', 'ERR_JWKS_TIMEOUT'])

function isUnknownKey(errors: Jose['errors'], error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys
  )
}

function checkAudience({ aud }: JWTPayload, audiences: readonly string[]): void {
  const given = (Array.isArray(aud) ? aud : [aud ?? '']).map(withoutSlash)
  if (given.some((audience) => audiences.includes(audience))) return
  throw new EntraTokenError(
    'audience',
    `The access token has been obtained for a wrong audience or resource. It should match one of ${audiences.join(', ')}.`,
  )
}

function withoutSlash(audience: string): string {
  return audience.replace(/\/+$/, '').toLowerCase()
}

function principalOf(claims: JWTPayload): Principal {
  const text = (name: string) => (typeof claims[name] === 'string' ? claims[name] : undefined)
  const oid = text('oid')
  if (oid === undefined) throw new EntraTokenError('malformed', 'The token has no oid.')
  const upn = text('upn') ?? text('unique_name') ?? text('preferred_username')
  const groups = claims['groups']
  return {
    oid,
    tenantId: text('tid') ?? '',
    label: upn ?? text('appid') ?? text('azp') ?? oid,
    kind: upn === undefined ? 'ServicePrincipal' : 'User',
    groups: Array.isArray(groups) ? groups.map(String) : [],
    // The clock's tolerance counts here too, or a token taken late would end at once.
    expiresAtMs: ((claims.exp ?? 0) + CLOCK_SKEW_SECONDS) * 1000,
  }
}
