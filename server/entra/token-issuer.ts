import { randomUUID } from 'node:crypto'
import type { JWTPayload } from 'jose'
import { ownIssuer } from '../auth/entra-verifier.ts'
import type { Identity, IdentityPrincipal } from '../auth/identity.ts'
import { EntraError } from './entra-error.ts'
import type { SigningKeys } from './signing-key.ts'

/** Life of an access token, seconds. Source: management-plane 2.2. */
export const ACCESS_TOKEN_SECONDS = 3_599
const REFRESH_TOKEN_SECONDS = 90 * 24 * 3_600
export const DEVICE_CODE_SECONDS = 900

/** What a grant of ours says: it travels as a signed text, so that nothing need be remembered. */
export type GrantClaims = {
  readonly objectId: string
  readonly clientId: string
  /** What it is for; a request that names a scope of its own may ask for something else. */
  readonly audience: string
}
type GrantKind = 'refresh' | 'device'

/** Signs tokens. Claims: management-plane 2.3. */
export class TokenIssuer {
  readonly #keys: SigningKeys
  readonly #now: () => number

  /** `now` is Unix time in ms. */
  constructor(keys: SigningKeys, now: () => number) {
    this.#keys = keys
    this.#now = now
  }

  get nowSeconds(): number {
    return Math.floor(this.#now() / 1000)
  }

  /** An access token in the form of v1. `clientId` is the application that asked. */
  accessToken(input: {
    readonly identity: Identity
    readonly principal: IdentityPrincipal
    readonly clientId: string
    readonly audience: string
  }): Promise<string> {
    const { identity, principal, clientId, audience } = input
    const iat = this.nowSeconds
    return this.#sign({
      aud: audience,
      iss: ownIssuer(identity.tenantId),
      iat,
      nbf: iat,
      exp: iat + ACCESS_TOKEN_SECONDS,
      appid: clientId,
      idp: ownIssuer(identity.tenantId),
      oid: principal.objectId,
      sub: principal.objectId,
      tid: identity.tenantId,
      uti: randomUUID(),
      ver: '1.0',
      xms_tcdt: '1700000000',
      ...(principal.groups.length > 0 && { groups: principal.groups }),
      ...kindClaims(principal),
    })
  }

  idToken(input: {
    readonly identity: Identity
    readonly principal: IdentityPrincipal
    readonly clientId: string
    readonly issuer: string
  }): Promise<string> {
    const { identity, principal, clientId, issuer } = input
    const iat = this.nowSeconds
    return this.#sign({
      aud: clientId,
      iss: issuer,
      iat,
      nbf: iat,
      exp: iat + ACCESS_TOKEN_SECONDS,
      oid: principal.objectId,
      sub: principal.objectId,
      tid: identity.tenantId,
      name: principal.name,
      preferred_username: principal.name,
      upn: principal.name,
      ver: '2.0',
    })
  }

  /** A refresh token or device code. */
  grant(kind: GrantKind, { objectId, clientId, audience }: GrantClaims): Promise<string> {
    const iat = this.nowSeconds
    const seconds = kind === 'refresh' ? REFRESH_TOKEN_SECONDS : DEVICE_CODE_SECONDS
    const exp = iat + seconds
    return this.#sign({ aud: audienceOf(kind), iat, exp, oid: objectId, clientId, audience })
  }

  /** Reads a refresh token or device code. Throws `expiredGrant`. */
  async readGrant(kind: GrantKind, text: string): Promise<GrantClaims> {
    try {
      const { jwtVerify } = await import('jose')
      const { publicKey } = await this.#keys.current()
      const { payload } = await jwtVerify(text, publicKey, {
        algorithms: ['RS256'],
        audience: audienceOf(kind),
        requiredClaims: ['oid', 'clientId'],
        currentDate: new Date(this.#now()),
      })
      const { oid, clientId, audience } = payload as JWTPayload & Record<string, string>
      return { objectId: oid ?? '', clientId: clientId ?? '', audience: audience ?? '' }
    } catch {
      const what = kind === 'refresh' ? 'refresh token' : 'device code'
      throw new EntraError('expiredGrant', `The ${what} has expired or is not one of this tenant.`)
    }
  }

  async #sign(claims: JWTPayload): Promise<string> {
    const { SignJWT } = await import('jose')
    const { privateKey, kid } = await this.#keys.current()
    return new SignJWT(claims)
      .setProtectedHeader({ typ: 'JWT', alg: 'RS256', kid, x5t: kid })
      .sign(privateKey)
  }
}

/** Neither kind passes for the other; an access token, whose audience is up to who asks, has no `clientId`. */
function audienceOf(kind: GrantKind): string {
  return `urn:relay-emulator:${kind}`
}

function kindClaims({ kind, name, resourceId }: IdentityPrincipal): JWTPayload {
  switch (kind) {
    case 'servicePrincipal':
      return { idtyp: 'app', appidacr: '1' }
    case 'managedIdentity':
      return { idtyp: 'app', appidacr: '2', ...(resourceId !== '' && { xms_mirid: resourceId }) }
    case 'user': {
      const [given = name] = name.split('@')
      return {
        idtyp: 'user',
        appidacr: '0',
        acr: '1',
        amr: ['pwd'],
        scp: 'user_impersonation',
        upn: name,
        unique_name: name,
        name,
        given_name: given,
        family_name: given,
        ipaddr: '127.0.0.1',
      }
    }
  }
}
