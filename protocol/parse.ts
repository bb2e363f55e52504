/** Read option values. Each throws a TypeError that names the option. */

/** A whole number of 0 or more. */
export function naturalNumber(text: string, name: string): number {
  const number = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(number)) return number
  throw new TypeError(`${name} must be a whole number of 0 or more, not "${text}"`)
}

/** A TCP port of 0 to 65535. */
export function portNumber(text: string, name: string): number {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port
  throw new TypeError(`${name} must be a port from 0 to 65535, not "${text}"`)
}

/** Milliseconds of `500ms`, `30s`, `5m`, `1h`, `2d`; a bare number counts seconds. */
export function duration(text: string, name: string): number {
  const [, digits, unit] = /^(\d{1,12}(?:\.\d{1,3})?)(ms|s|m|h|d)?$/.exec(text) ?? []
  if (digits === undefined) {
    throw new TypeError(`${name} must be a duration such as 500ms, 30s or 1h, not "${text}"`)
  }
  return Math.round(Number(digits) * UNIT_MS[(unit ?? 's') as keyof typeof UNIT_MS])
}

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }
