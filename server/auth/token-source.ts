import type { IncomingHttpHeaders } from 'node:http'
import { readParameter, readRawParameter } from '../../protocol/parameters.ts'
import { decodeEscapes } from '../../protocol/escapes.ts'
import type { HeaderList } from '../../protocol/headers.ts'

/** What a caller proves itself with, and where it stood. A token in a query may be read in two ways. */
export type Credential =
  | { readonly kind: 'none' }
  | { readonly kind: 'token'; readonly readings: readonly string[]; readonly place: TokenPlace }
  | { readonly kind: 'key'; readonly keyName: string; readonly key: string }

export type TokenPlace = 'query' | 'serviceBusAuthorization' | 'authorization'

/** Order of the places by kind of call: the first that holds anything counts, even when it is bad. Relay-protocol 2.4. */
const PLACES = {
  webSocket: ['serviceBusAuthorization', 'query', 'key', 'authorization'],
  http: ['query', 'serviceBusAuthorization', 'key', 'authorization'],
} as const

/** Finds the credential of a call. */
export function readCredential(
  call: keyof typeof PLACES,
  headers: IncomingHttpHeaders,
  query: string,
): Credential {
  for (const place of PLACES[call]) {
    const found = READERS[place](headers, query)
    if (found) return found
  }
  return { kind: 'none' }
}

/** The headers a listener may see: never the relay's own token, nor `Authorization` where it was the credential. */
export function withoutCredentials(headers: HeaderList, credential: Credential): HeaderList {
  const isSpent = credential.kind === 'token' && credential.place === 'authorization'
  return headers.filter(([name]) => {
    const key = name.toLowerCase()
    return key !== 'servicebusauthorization' && !(isSpent && key === 'authorization')
  })
}

type Reader = (headers: IncomingHttpHeaders, query: string) => Credential | undefined

const READERS: Record<TokenPlace | 'key', Reader> = {
  query(_headers, query) {
    const raw = readRawParameter(query, 'sb-hc-token')
    if (raw === undefined || raw === '') return undefined
    // A broken escape is left in: it makes a malformed token, and no fault where no token is looked at.
    const readings = [raw.replaceAll('+', ' '), ...(raw.includes('+') ? [raw] : [])].map(
      (text) => decodeEscapes(text) ?? text,
    )
    return { kind: 'token', readings, place: 'query' }
  },
  serviceBusAuthorization(headers) {
    return fromHeader(headers['servicebusauthorization'], 'serviceBusAuthorization')
  },
  key(_headers, query) {
    const keyName = readParameter(query, 'sb-hc-sas-key-name')
    const key = readParameter(query, 'sb-hc-sas-key')
    return keyName === undefined || key === undefined ? undefined : { kind: 'key', keyName, key }
  },
  authorization(headers) {
    return fromHeader(headers.authorization, 'authorization')
  },
}

function fromHeader(
  value: string | string[] | undefined,
  place: TokenPlace,
): Credential | undefined {
  const text = Array.isArray(value) ? value[0] : value
  return text === undefined || text === '' ? undefined : { kind: 'token', readings: [text], place }
}
