import { decodeAsciiEscapes } from '../../protocol/escapes.ts'

/** What stands in place of a secret. Source: dashboard 3. */
const REDACTED = '[redacted]'
/** Parameters whose values nobody is to see, in lower case. Source: dashboard 3. */
const SECRET_PARAMETERS: ReadonlySet<string> = new Set([
  'sb-hc-token',
  'sb-hc-sas-key',
  'sig',
  'code',
  'token',
  'access_token',
  'password',
])
/** A target is shown up to here; thousands are kept, and each may be 16 KiB long. */
const MAX_SHOWN_CHARACTERS = 2_048

/** A request's target as people may see it: without the values of parameters that hold secrets, and cut. */
export function redactTarget(target: string): string {
  const at = target.indexOf('?')
  const shown =
    at === -1
      ? target
      : `${target.slice(0, at)}?${target
          .slice(at + 1)
          .split('&')
          .map(redactParameter)
          .join('&')}`
  return shown.length <= MAX_SHOWN_CHARACTERS ? shown : `${shown.slice(0, MAX_SHOWN_CHARACTERS)}...`
}

function redactParameter(piece: string): string {
  const end = piece.indexOf('=')
  if (end === -1) return piece
  const name = piece.slice(0, end)
  const plain = name.includes('%') ? decodeAsciiEscapes(name) : name
  return SECRET_PARAMETERS.has(plain.toLowerCase()) ? `${name}=${REDACTED}` : piece
}
