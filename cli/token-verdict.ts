import { audienceCovers, readAudience } from '../protocol/audience.ts'
import type { ConnectionString } from '../protocol/connection-string.ts'
import { isExpired, parseSasToken, tokenKind, verifySasSignature } from '../protocol/sas.ts'
import type { TokenVerdict } from '../server/dashboard/contract.ts'

/** What each code word of a refusal means and what helps. Source: relay-protocol 2.8. */
const REFUSALS: Readonly<Record<string, string>> = {
  MissingToken: 'no token was sent',
  MalformedToken: 'its form is wrong',
  InvalidSignature:
    'no rule of that name has the key that signed it, or its issuer has no such key; keys may have been regenerated',
  ExpiredToken: 'it has ended; mint a new one',
  InvalidAudience:
    'its sr names another namespace or hybrid connection, or its aud is not https://relay.azure.net',
  InvalidIssuer: 'neither the emulator nor one of identity.issuers issued it',
  InvalidToken: 'it is not valid yet',
  AuthorizationFailed: 'the rule, or the roles of the principal, lack the right for this action',
}

/** Words for a verdict, e.g. `refused with ExpiredToken: it has ended; mint a new one`. */
export function describeVerdict({ ok, code }: Pick<TokenVerdict, 'ok' | 'code'>): string {
  if (ok) return 'accepted'
  return `refused with ${code ?? 'an error'}${code && REFUSALS[code] ? `: ${REFUSALS[code]}` : ''}`
}

/**
 * Judges a SAS token by the key of a connection string: the code word of the first check that fails, in the
 * order of the relay, or null. Whether the rule has the right is not in a connection string.
 */
export function judgeByKey(
  text: string,
  connection: ConnectionString,
  nowMs: number,
): string | null {
  if (tokenKind(text) !== 'sas') return 'MalformedToken'
  const token = parseSasToken(text)
  const {
    sharedAccessKeyName: keyName = '',
    sharedAccessKey: key = '',
    host,
    entityPath,
  } = connection
  const isSigner =
    token.keyName.toLowerCase() === keyName.toLowerCase() && verifySasSignature(token, [key])
  if (!isSigner) return 'InvalidSignature'
  if (isExpired(token, nowMs)) return 'ExpiredToken'
  return isForEntity(token.resource, host, entityPath) ? null : 'InvalidAudience'
}

/** Without an entity in the connection string only the host can be compared. */
function isForEntity(resource: string, host: string, entityPath: string | undefined): boolean {
  try {
    const audience = readAudience(resource)
    const segments = entityPath === undefined ? audience.segments : entityPath.split('/')
    return audienceCovers(audience, [host, ...(LOOPBACK.includes(host) ? LOOPBACK : [])], segments)
  } catch {
    return false
  }
}

const LOOPBACK: readonly string[] = ['localhost', '127.0.0.1', '[::1]']
