import type { WholeRequest } from './request-rendezvous.ts'

/** Methods whose requests say nothing of a body when they have none. */
const BODILESS_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE'])
const TOKEN = /^[!#$%&'*+.^_`|~\w-]+$/
/** Latin-1 without control characters but the tab: what a header line can hold. */
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

/**
 * A relayed request as its server reads it, up to the blank line. `bodyBytes` is Infinity when the length is not known,
 * undefined when there is no body. Undefined where no line can hold what the relay sent (RFC 9112 2.2, 3, 5).
 */
export function requestHead(
  { method, requestTarget, requestHeaders }: WholeRequest,
  bodyBytes: number | undefined,
): string | undefined {
  const target = asciiTarget(requestTarget)
  if (!TOKEN.test(method) || target === undefined) return undefined
  // Framing first: a server that reads so many headers only would leave out the last.
  let head = `${method} ${target} HTTP/1.1\r\n${framing(method, bodyBytes)}`
  for (const [name, value] of requestHeaders) {
    if (!TOKEN.test(name) || !FIELD_VALUE.test(value)) return undefined
    head += `${name}: ${value}\r\n`
  }
  return `${head}\r\n`
}

/** What is not ASCII, and blanks and controls, as escapes. Undefined for half a surrogate pair. */
function asciiTarget(target: string): string | undefined {
  if (/^[\x21-\x7e]+$/.test(target)) return target
  if (target === '') return undefined
  try {
    return target.replace(/[^\x21-\x7e]+/g, encodeURIComponent)
  } catch {
    return undefined
  }
}

/** The framing that the relay took off. */
function framing(method: string, bodyBytes: number | undefined): string {
  if (bodyBytes === Infinity) return 'Transfer-Encoding: chunked\r\n'
  if (bodyBytes === undefined && BODILESS_METHODS.has(method.toUpperCase())) return ''
  return `Content-Length: ${bodyBytes ?? 0}\r\n`
}
