import { formatDuration } from '../../../../../console/ui/format.ts'

/** What the code words of a refused token mean. Source: relay-protocol 2.8. */
export const REFUSALS: Readonly<Record<string, string>> = {
  MissingToken: 'there is no token',
  MalformedToken: 'it cannot be read as a token',
  InvalidSignature: 'no policy here has the key that signed it',
  ExpiredToken: 'it has expired',
  InvalidAudience: 'it is made for another host or hybrid connection',
  AuthorizationFailed: 'its policy lacks the claim',
}

/** `in 12 m 3 s`, `3 m 12 s ago`; the moment itself besides. */
export function expiryText(expiresAt: string | null, nowMs: number): string {
  if (expiresAt === null) return '–'
  const leftMs = Date.parse(expiresAt) - nowMs
  const words =
    leftMs >= 0 ? `ends in ${formatDuration(leftMs)}` : `expired ${formatDuration(-leftMs)} ago`
  return `${words} (${expiresAt})`
}
