import { RelayError } from './errors.ts'
import { decodeEscapes, escapeNonAscii } from './escapes.ts'
import { readParameter } from './parameters.ts'
import { cleanReason } from './reason-phrase.ts'

/** Where a request goes. Source: relay-protocol 1.1. */
export type RelayTarget = {
  /** The path began with `/$hc`, in any case, also `/%24hc`. */
  readonly isHybridConnection: boolean
  /** What follows `/$hc/` or the first slash, as the sender wrote it; raw bytes from 0x80 became escapes. */
  readonly path: string
  /**
   * Decoded, one per segment of `path`; a trailing slash gives no empty last one. One with an escaped control
   * character, or with escapes that are no UTF-8, stays as written: no entity has such a name.
   */
  readonly segments: readonly string[]
  /** Raw text after the first `?`; '' when there is none. */
  readonly query: string
}

export type RelayAction = 'listen' | 'connect' | 'accept' | 'request'

export type ClientAddress = {
  readonly scheme?: 'ws' | 'wss'
  /** Host with its port when that is not the scheme's. */
  readonly host: string
  /** Entity path and suffix, not yet escaped. */
  readonly path: string
  /** Raw, without `?`. */
  readonly query?: string
  readonly id?: string
}

export type RendezvousAddress = {
  readonly scheme: 'ws' | 'wss'
  /** The listener's own `Host` header, port included. */
  readonly host: string
  /** `path` of the sender's {@link RelayTarget}. */
  readonly path: string
  /** The sender's query after `filterQuery`. */
  readonly query: string
  readonly action: 'accept' | 'request'
  readonly id: string
  /** Hex digits: a listener may not meet `=` or `&` inside a value (relay-protocol 4.2). */
  readonly secret: string
}

/**
 * Reads a request target in origin or absolute form. Throws RELAY_TARGET_INVALID for another form, a fragment, or a
 * broken escape in the path.
 */
export function readTarget(rawTarget: string): RelayTarget {
  const isOriginForm = rawTarget.startsWith('/')
  const target = isOriginForm ? rawTarget : rawTarget.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '')
  const split = target.indexOf('?')
  const rawPath = split === -1 ? target : target.slice(0, split)
  const isAbsolute = target !== rawTarget
  if (!rawPath.startsWith('/') && !(isAbsolute && rawPath === '')) {
    throw new RelayError('RELAY_TARGET_INVALID')
  }
  if (target.includes('#')) throw new RelayError('RELAY_TARGET_INVALID')

  const absolutePath = escapeNonAscii(rawPath).slice(1)
  const prefix = /^(?:\$|%24)hc(?:\/+|$)/i.exec(absolutePath)
  const path = prefix ? absolutePath.slice(prefix[0].length) : absolutePath
  return {
    isHybridConnection: prefix !== null,
    path,
    segments: decodeSegments(path),
    query: split === -1 ? '' : target.slice(split + 1),
  }
}

/** Host and port of a request target in absolute form; undefined for one in origin form. */
export function readAuthority(rawTarget: string): string | undefined {
  if (rawTarget.startsWith('/')) return undefined
  return /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?([^/?#]+)/i.exec(rawTarget)?.[1]
}

/** What a WebSocket handshake asks for; `connect` when it does not say. Throws RELAY_ACTION_UNSUPPORTED. */
export function readAction(rawQuery: string): RelayAction {
  const value = readParameter(rawQuery, 'sb-hc-action') ?? 'connect'
  const action = ACTIONS.find((known) => known === value.toLowerCase())
  if (action) return action
  const shown = cleanReason(value).slice(0, MAX_SHOWN_CHARACTERS)
  throw new RelayError('RELAY_ACTION_UNSUPPORTED', `Unsupported action '${shown}'`)
}

/**
 * The address a listener dials to accept a sender or to fetch a request: the sender's query first, and always a
 * `?`, because a listener that rejects appends `&...`. Source: relay-protocol 4.2.
 */
export function rendezvousAddress(options: RendezvousAddress): string {
  const { scheme, host, path, query, action, id, secret } = options
  const own = `sb-hc-action=${action}&sb-hc-id=${encodeURIComponent(id)}&sb-hc-rendezvous=${secret}`
  return `${scheme}://${host}/$hc/${path}?${query === '' ? '' : `${query}&`}${own}`
}

/** The address of a control channel. Its token travels in a header, never here. Source: relay-protocol 1.4. */
export function listenAddress(address: ClientAddress): string {
  return clientAddress(address, 'listen')
}

/** The address of a sender's WebSocket. Its token travels in a header, never here. Source: relay-protocol 1.4. */
export function sendAddress(address: ClientAddress): string {
  return clientAddress(address, 'connect')
}

const ACTIONS: readonly RelayAction[] = ['listen', 'connect', 'accept', 'request']
const MAX_SHOWN_CHARACTERS = 64

/** ASCII without escapes and controls: decoded as it stands. */
const PLAIN_PATH = /^[\x20-\x24\x26-\x7e]*$/

function decodeSegments(path: string): readonly string[] {
  const segments = path.split('/')
  while (segments.at(-1) === '') segments.pop()
  return PLAIN_PATH.test(path) ? segments : segments.map(decodeSegment)
}

function decodeSegment(segment: string): string {
  if (/%(?![0-9a-f]{2})/i.test(segment)) throw new RelayError('RELAY_TARGET_INVALID')
  const decoded = decodeEscapes(segment)
  return decoded === undefined || /\p{Cc}/u.test(decoded) ? segment : decoded
}

function clientAddress(address: ClientAddress, action: RelayAction): string {
  const { scheme = 'wss', host, path, query = '', id } = address
  const escapedPath = path.replace(/^\/+/, '').split('/').map(encodeURIComponent).join('/')
  const parameters = [
    ...(query === '' ? [] : [query]),
    `sb-hc-action=${action}`,
    ...(id === undefined ? [] : [`sb-hc-id=${encodeURIComponent(id)}`]),
  ]
  return `${scheme}://${host}/$hc/${escapedPath}?${parameters.join('&')}`
}
