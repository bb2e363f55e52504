import { audienceCovers, readAudience } from '../../protocol/audience.ts'
import {
  type AuthorizationRule,
  type Claim,
  type HybridConnection,
  type Namespace,
  grants,
} from '../../protocol/entity.ts'
import { RelayError } from '../../protocol/errors.ts'
import { isSameSecret } from '../../protocol/secret.ts'
import {
  type SasToken,
  expiredText,
  isExpired,
  parseSasToken,
  tokenKind,
  verifySasSignature,
} from '../../protocol/sas.ts'
import type { EntraDoor } from './entra-door.ts'
import type { Grant } from './grant.ts'
import type { Credential } from './token-source.ts'
import type { VerifiedTokens } from './verified-tokens.ts'

/** What a caller wants to do, and where. */
export type AuthorizedCall = {
  readonly namespace: Namespace
  /** Names a token's audience may have, lower case, without port. */
  readonly hosts: readonly string[]
  /** Decoded path of the call, entity and suffix. */
  readonly segments: readonly string[]
  /** Undefined when the path names none; only the namespace's rules count then. */
  readonly hybridConnection: HybridConnection | undefined
  /** Null when any valid token will do. */
  readonly claim: Claim | null
  /** Tokens that passed before; each is verified anew where it is left out. */
  readonly verified?: VerifiedTokens
  /** Judges tokens of Entra ID; without it they are refused. */
  readonly entra?: EntraDoor | undefined
}

export type { Grant } from './grant.ts'

/**
 * Checks a credential. Answers null for an anonymous sender, and throws the RelayError of relay-protocol 2.8
 * otherwise. Entity rules are tried before the namespace's. A token of Entra ID takes a while: its answer is promised.
 */
export function authorize(
  call: AuthorizedCall,
  credential: Credential,
  nowMs: number,
): Grant | null | Promise<Grant> {
  if (call.claim === 'Send' && call.hybridConnection?.requiresClientAuthorization === false)
    return null
  switch (credential.kind) {
    case 'none':
      throw new RelayError('RELAY_TOKEN_MISSING')
    case 'key':
      return checkClaim(call, ruleOfKey(call, credential.keyName, credential.key), Infinity)
    case 'token':
      return authorizeReadings(call, credential.readings, nowMs)
  }
}

/** Checks one token, e.g. of `renewToken`; that of a JWT is promised. */
export function authorizeToken(
  call: AuthorizedCall,
  token: string,
  nowMs: number,
): Grant | Promise<Grant> {
  if (tokenKind(token) !== 'jwt') return authorizeSasToken(call, token, nowMs)
  if (call.entra) return call.entra.authorize(call, token)
  throw new RelayError(
    'RELAY_TOKEN_INVALID',
    'InvalidSignature: Only a running emulator can check tokens of Entra ID.',
  )
}

function authorizeSasToken(call: AuthorizedCall, token: string, nowMs: number): Grant {
  const known = call.verified?.find(token, rulesOf(call))
  const { sas, rule } = known ?? verifySignature(call, token)
  if (isExpired(sas, nowMs)) {
    throw new RelayError('RELAY_TOKEN_EXPIRED', expiredText(sas.expirySeconds))
  }
  const audience = known?.audience ?? readAudience(sas.resource)
  if (!audienceCovers(audience, call.hosts, call.segments)) {
    throw new RelayError('RELAY_TOKEN_AUDIENCE')
  }
  if (!known) call.verified?.add(token, { sas, audience, rule })
  return checkClaim(call, rule, sas.expirySeconds * 1000)
}

/** Finds the rule whose key made the token. Throws RELAY_TOKEN_INVALID. */
function verifySignature(
  call: AuthorizedCall,
  token: string,
): { readonly sas: SasToken; readonly rule: AuthorizationRule } {
  const sas = parseSasToken(token)
  const rule = rulesNamed(call, sas.keyName).find((candidate) =>
    verifySasSignature(sas, [candidate.primaryKey, candidate.secondaryKey]),
  )
  if (!rule) throw new RelayError('RELAY_TOKEN_INVALID')
  return { sas, rule }
}

/** Tries each way to read a token until one has a form and a signature; the first reading's fault is the answer. */
function authorizeReadings(
  call: AuthorizedCall,
  readings: readonly string[],
  nowMs: number,
): Grant | Promise<Grant> {
  let fault: unknown
  for (const reading of readings) {
    try {
      return authorizeToken(call, reading, nowMs)
    } catch (error) {
      if (!(error instanceof RelayError)) throw error
      const isRetried =
        error.code === 'RELAY_TOKEN_MALFORMED' || error.code === 'RELAY_TOKEN_INVALID'
      if (!isRetried) throw error
      fault ??= error
    }
  }
  throw fault
}

function rulesNamed(call: AuthorizedCall, name: string): AuthorizationRule[] {
  const key = name.toLowerCase()
  return rulesOf(call).filter((rule) => rule.name.toLowerCase() === key)
}

function rulesOf(call: AuthorizedCall): AuthorizationRule[] {
  return [
    ...(call.hybridConnection?.authorizationRules ?? []),
    ...call.namespace.authorizationRules,
  ]
}

function ruleOfKey(call: AuthorizedCall, keyName: string, key: string): AuthorizationRule {
  const rule = rulesNamed(call, keyName).find(
    (candidate) =>
      isSameSecret(candidate.primaryKey, key) || isSameSecret(candidate.secondaryKey, key),
  )
  if (!rule) throw new RelayError('RELAY_TOKEN_INVALID')
  return rule
}

function checkClaim(call: AuthorizedCall, rule: AuthorizationRule, expiresAtMs: number): Grant {
  if (call.claim !== null && !grants(rule.rights, call.claim)) {
    throw new RelayError(
      'RELAY_CLAIM_MISSING',
      `Authorization failed for specified action: ${call.claim}.`,
    )
  }
  return { rule: rule.name, expiresAtMs }
}
