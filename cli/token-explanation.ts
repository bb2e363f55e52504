import { readAudience } from '../protocol/audience.ts'
import { bareToken, isExpired, parseSasToken, tokenKind } from '../protocol/sas.ts'
import { formatTimeSpan } from './time-span.ts'

/** What can be said of a token without any key. Never holds the signature. */
export type TokenExplanation = {
  readonly kind: 'sas' | 'jwt' | 'unknown'
  /** Name of a field as it stands in the token, its value, and what that means. */
  readonly fields: readonly TokenField[]
  /** ISO 8601 UTC; null when the token has no end. */
  readonly expiresAt: string | null
  readonly isExpired: boolean
  /** Code word (relay-protocol 2.8) and text of the refusal that form and time alone cause; null for none. */
  readonly refusal: { readonly code: string; readonly message: string } | null
}

export type TokenField = { readonly name: string; readonly value: string; readonly meaning: string }

/** Explains a SAS token or a JWT. Anything else is `unknown`, with the refusal it would get. */
export function explainToken(text: string, nowMs: number): TokenExplanation {
  try {
    switch (tokenKind(text)) {
      case 'sas':
        return explainSas(text, nowMs)
      case 'jwt':
        return explainJwt(bareToken(text), nowMs)
      case 'unknown':
        return unreadable(
          'it is neither SharedAccessSignature sr=...&sig=...&se=...&skn=... nor a JWT',
        )
    }
  } catch (error) {
    return unreadable((error as Error).message.replace(/^MalformedToken: /, ''))
  }
}

function unreadable(message: string): TokenExplanation {
  return {
    kind: 'unknown',
    fields: [],
    expiresAt: null,
    isExpired: false,
    refusal: { code: 'MalformedToken', message },
  }
}

function explainSas(text: string, nowMs: number): TokenExplanation {
  const token = parseSasToken(text)
  const end = ending(token.expirySeconds, nowMs)
  const audience = describeAudience(token.resource)
  const fields = [
    { name: 'sr', value: decode(token.resource), meaning: audience.meaning },
    {
      name: 'sig',
      value: `(${token.signature.length} characters)`,
      meaning: 'base64 of HMAC-SHA256 over sr and se',
    },
    {
      name: 'se',
      value: String(token.expirySeconds),
      meaning: `valid until ${end.expiresAt}, ${end.words}`,
    },
    {
      name: 'skn',
      value: token.keyName,
      meaning: 'authorization rule whose primary or secondary key signed it',
    },
  ]
  return {
    kind: 'sas',
    fields,
    expiresAt: end.expiresAt,
    isExpired: end.isOver,
    refusal: end.refusal ?? audience.refusal,
  }
}

function describeAudience(
  resource: string,
): Pick<TokenExplanation, 'refusal'> & { readonly meaning: string } {
  try {
    const { host, segments } = readAudience(resource)
    const meaning =
      segments.length === 0
        ? `audience: every hybrid connection of ${host}`
        : `audience: ${segments.join('/')} on ${host} and what lies below it`
    return { meaning, refusal: null }
  } catch {
    const message = 'sr must be a URI that begins with http:, https:, sb:, ws: or wss:'
    return { meaning: `audience: none, ${message}`, refusal: { code: 'InvalidAudience', message } }
  }
}

/** Claims that a person meets in tokens of Entra ID. Source: relay-protocol 2.6. */
const CLAIM_MEANINGS: Readonly<Record<string, string>> = {
  alg: 'signature algorithm',
  kid: 'id of the signing key',
  typ: 'type of the token',
  iss: 'who issued it',
  aud: 'audience; Azure Relay asks for https://relay.azure.net or https://servicebus.azure.net',
  sub: 'whom it is about',
  oid: 'object id of the principal that holds it',
  tid: 'tenant',
  appid: 'application that asked for it',
  azp: 'application that asked for it',
  roles: 'application roles',
  scp: 'delegated scopes',
  upn: 'user name',
  ver: 'version of the token form',
}
const TIME_CLAIMS: Readonly<Record<string, string>> = {
  iat: 'issued',
  nbf: 'valid from',
  exp: 'valid until',
}

function explainJwt(text: string, nowMs: number): TokenExplanation {
  const [head = '', body = ''] = text.split('.')
  const header = decodePart(head, 'header')
  const claims = decodePart(body, 'payload')
  const fields = [...Object.entries(header), ...Object.entries(claims)].map(([name, value]) => ({
    name,
    value: typeof value === 'string' ? value : JSON.stringify(value),
    meaning: TIME_CLAIMS[name]
      ? timeClaim(TIME_CLAIMS[name], value, nowMs)
      : (CLAIM_MEANINGS[name] ?? ''),
  }))
  if (typeof claims.exp !== 'number')
    return { ...unreadable('exp is missing'), kind: 'jwt', fields }
  const end = ending(claims.exp, nowMs)
  return {
    kind: 'jwt',
    fields,
    expiresAt: end.expiresAt,
    isExpired: end.isOver,
    refusal: end.refusal,
  }
}

function decodePart(part: string, name: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
  } catch {
    throw new Error(`the ${name} of the JWT is not JSON`)
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>
  throw new Error(`the ${name} of the JWT is not an object`)
}

function timeClaim(words: string, value: unknown, nowMs: number): string {
  if (typeof value !== 'number' || !isDate(value)) return `${words}: no time`
  return `${words} ${iso(value)}, ${formatTimeSpan(value * 1000 - nowMs)}`
}

function ending(expirySeconds: number, nowMs: number) {
  if (!isDate(expirySeconds)) throw new Error('its end lies outside what a date can hold')
  const expiresAt = iso(expirySeconds)
  const isOver = isExpired({ expirySeconds }, nowMs)
  const words = formatTimeSpan(expirySeconds * 1000 - nowMs)
  const refusal = isOver
    ? { code: 'ExpiredToken', message: `it ended ${words}, at ${expiresAt}` }
    : null
  return { expiresAt, isOver, words, refusal }
}

function isDate(seconds: number): boolean {
  return Math.abs(seconds) <= 8.64e12
}

function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString()
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
