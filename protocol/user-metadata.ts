import { isObject } from './json.ts'

/** The TCP target behind a listener. An IPv6 host has no brackets. */
export type Endpoint = { readonly host: string; readonly port: number }

/**
 * The endpoint that `userMetadata` names: a JSON array with exactly one entry of the key `endpoint`, in any case,
 * whose value is HOST:PORT. Undefined for anything else. Source: management-plane 4.0.
 */
export function readEndpoint(userMetadata: string | undefined): Endpoint | undefined {
  const values = entries(userMetadata)
    .filter(({ key }) => typeof key === 'string' && key.toLowerCase() === 'endpoint')
    .map(({ value }) => value)
  const value = values.length === 1 ? values[0] : undefined
  return typeof value === 'string' ? parseEndpoint(value) : undefined
}

/** Reads HOST:PORT or [IPV6]:PORT with a port of 1 to 65535; undefined when it is something else. */
export function parseEndpoint(text: string): Endpoint | undefined {
  const parts = /^(?:\[([0-9a-f:.]+)\]|([^\s:/@[\]]+)):(\d{1,5})$/i.exec(text)
  const host = parts?.[1] ?? parts?.[2]
  const port = Number(parts?.[3])
  return host !== undefined && port >= 1 && port <= 65_535 ? { host, port } : undefined
}

/** Writes a map the way Azure stores it, e.g. `[{"key":"endpoint","value":"db:5432"}]`. */
export function formatUserMetadata(map: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(map).map(([key, value]) => ({ key, value })))
}

function entries(
  userMetadata: string | undefined,
): ReadonlyArray<Readonly<Record<string, unknown>>> {
  try {
    const parsed: unknown = JSON.parse(userMetadata ?? '')
    return Array.isArray(parsed) ? parsed.filter(isObject) : []
  } catch {
    return []
  }
}
