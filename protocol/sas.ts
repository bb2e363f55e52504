import { createHmac, timingSafeEqual } from 'node:crypto'
import { RelayError } from './errors.ts'
import { MAX_RULE_TEXT_CHARACTERS, MAX_TOKEN_CHARACTERS } from './limits.ts'

/** A shared access signature, read but not verified. Source: relay-protocol 2.1. */
export type SasToken = {
  /** The audience as written in the token, still encoded. */
  readonly resource: string
  /** Base64 of HMAC-SHA256. */
  readonly signature: string
  /** Unix time, seconds. */
  readonly expirySeconds: number
  /** Name of the authorization rule. */
  readonly keyName: string
  /** What was signed: audience and expiry exactly as written, because encoders differ. */
  readonly signedText: string
}

export type SasTokenInput = {
  /** The audience as a URI, not yet encoded. */
  readonly resource: string
  readonly keyName: string
  /** Used as text, never decoded. */
  readonly key: string
  /** Unix time, whole seconds. */
  readonly expirySeconds: number
}

export type TokenKind = 'sas' | 'jwt' | 'unknown'

/** Tells tokens apart by their form alone. A JWT may follow `Bearer `. Source: relay-protocol 2.6. */
export function tokenKind(text: string): TokenKind {
  if (SCHEME.test(text)) return 'sas'
  return /^[\w-]+\.[\w-]+\.[\w-]*$/.test(bareToken(text)) ? 'jwt' : 'unknown'
}

/** The token without the `Bearer ` that some clients put before it. */
export function bareToken(text: string): string {
  return text.replace(/^bearer +/i, '')
}

/**
 * Reads a token. Order of the fields is free, names are compared without case, unknown fields are ignored; a field
 * that is missing or doubled throws RELAY_TOKEN_MALFORMED.
 */
export function parseSasToken(text: string): SasToken {
  if (text.length > MAX_TOKEN_CHARACTERS) throw malformed('it is too long')
  if (!SCHEME.test(text)) throw malformed('it does not begin with SharedAccessSignature')
  const fields = readFields(text.replace(SCHEME, ''))
  const resource = fieldOf(fields, 'sr')
  const expiry = fieldOf(fields, 'se')
  // Twelve digits reach the year 33658; more would leave what a date can hold.
  if (!/^\d{1,12}$/.test(expiry)) throw malformed('se is not a time in Unix seconds')
  const keyName = decodeField(fieldOf(fields, 'skn'), 'skn')
  if (keyName.length > MAX_RULE_TEXT_CHARACTERS) throw malformed('skn is too long')
  return {
    resource,
    signature: decodeField(fieldOf(fields, 'sig'), 'sig'),
    expirySeconds: Number(expiry),
    keyName,
    signedText: `${resource}\n${expiry}`,
  }
}

/** Signs a token, with every field encoded. */
export function mintSasToken({ resource, keyName, key, expirySeconds }: SasTokenInput): string {
  const encoded = encodeURIComponent(resource)
  const signature = sign(`${encoded}\n${expirySeconds}`, key).toString('base64')
  return `SharedAccessSignature sr=${encoded}&sig=${encodeURIComponent(signature)}&se=${expirySeconds}&skn=${encodeURIComponent(keyName)}`
}

/** True when one of `keys`, the rule's primary and secondary, signed the token. The comparison takes constant time. */
export function verifySasSignature(token: SasToken, keys: readonly string[]): boolean {
  const given = Buffer.from(token.signature, 'base64')
  return keys.some((key) => {
    const expected = sign(token.signedText, key)
    return key !== '' && expected.length === given.length && timingSafeEqual(expected, given)
  })
}

/** True from the moment after the token's last second. No grace (relay-protocol 2.3). */
export function isExpired(token: Pick<SasToken, 'expirySeconds'>, nowMs: number): boolean {
  return nowMs > token.expirySeconds * 1000
}

/** The reason of a refusal for an ended token. Source: relay-protocol 2.3. */
export function expiredText(expirySeconds: number): string {
  const time = new Date(expirySeconds * 1000).toISOString().replace('T', ' ').replace('.000Z', 'Z')
  return `ExpiredToken: The token is expired. Expiration time: '${time}'.`
}

const SCHEME = /^SharedAccessSignature /i
const FIELDS = ['sr', 'sig', 'se', 'skn'] as const
type Field = (typeof FIELDS)[number]

function readFields(text: string): ReadonlyMap<Field, string> {
  const fields = new Map<Field, string>()
  for (const piece of text.split('&')) {
    const end = piece.indexOf('=')
    const name = FIELDS.find((field) => field === piece.slice(0, Math.max(end, 0)).toLowerCase())
    if (name === undefined) continue
    if (fields.has(name)) throw malformed(`${name} is given twice`)
    fields.set(name, piece.slice(end + 1))
  }
  return fields
}

function fieldOf(fields: ReadonlyMap<Field, string>, name: Field): string {
  const value = fields.get(name)
  if (!value) throw malformed(`${name} is missing`)
  return value
}

function decodeField(text: string, name: Field): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw malformed(`${name} has a broken escape`)
  }
}

function sign(text: string, key: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

function malformed(why: string): RelayError {
  return new RelayError('RELAY_TOKEN_MALFORMED', `MalformedToken: The token is malformed: ${why}.`)
}
