import { type Endpoint, parseEndpoint } from '../protocol/user-metadata.ts'

/**
 * `HOST:PORT:ADDRESS:PORT`, as curl's `--connect-to`: dials the second pair for the endpoint of the first. An empty
 * HOST or PORT in front stands for any, an empty one behind for the endpoint's own.
 */
export type ConnectToRule = {
  readonly host: string
  readonly port: number | undefined
  readonly toHost: string
  readonly toPort: number | undefined
}

/** Reads one rule. Throws a TypeError that shows the form. */
export function parseConnectTo(text: string): ConnectToRule {
  const parts = RULE.exec(text)
  if (!parts) throw wrongRule(text)
  const [, host = '', port = '', toHost = '', toPort = ''] = parts
  return {
    host: bare(host).toLowerCase(),
    port: portOf(port, text),
    toHost: bare(toHost),
    toPort: portOf(toPort, text),
  }
}

/** The inverse of {@link parseConnectTo}. */
export function formatConnectTo({ host, port, toHost, toPort }: ConnectToRule): string {
  return [bracketed(host), port ?? '', bracketed(toHost), toPort ?? ''].join(':')
}

/**
 * The rules in force when `added` come to `kept`: one for the same HOST:PORT replaces it, and one that leads nowhere
 * else (`HOST:PORT::`) takes it away.
 */
export function mergeConnectTo(
  kept: readonly ConnectToRule[],
  added: readonly ConnectToRule[],
): readonly ConnectToRule[] {
  const rules = new Map<string, ConnectToRule>()
  for (const rule of [...kept, ...added]) {
    const place = `${bracketed(rule.host)}:${rule.port ?? ''}`
    rules.delete(place)
    if (rule.toHost !== '' || rule.toPort !== undefined) rules.set(place, rule)
  }
  return [...rules.values()]
}

/** Where an endpoint is dialled. The first rule that fits decides. */
export function dialledEndpoint(endpoint: Endpoint, rules: readonly ConnectToRule[]): Endpoint {
  const rule = rules.find(
    ({ host, port }) =>
      (host === '' || host === endpoint.host.toLowerCase()) &&
      (port === undefined || port === endpoint.port),
  )
  return { host: rule?.toHost || endpoint.host, port: rule?.toPort ?? endpoint.port }
}

/** `HOST:PORT`, an IPv6 address in brackets. */
export function formatEndpoint({ host, port }: Endpoint): string {
  return `${bracketed(host)}:${port}`
}

/** Reads what {@link formatEndpoint} wrote; undefined for ''. */
export function savedEndpoint(text: string): Endpoint | undefined {
  return text === '' ? undefined : parseEndpoint(text)
}

/** A name, an IPv4 address, or an IPv6 address in brackets; may be empty. */
const HOST = String.raw`\[[0-9a-fA-F:.]+\]|[^\s:/@[\]]*`
const RULE = new RegExp(String.raw`^(${HOST}):(\d{0,5}):(${HOST}):(\d{0,5})$`)

function bare(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1')
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}

function portOf(digits: string, rule: string): number | undefined {
  if (digits === '') return undefined
  const port = Number(digits)
  if (port >= 1 && port <= 65_535) return port
  throw wrongRule(rule)
}

function wrongRule(text: string): TypeError {
  return new TypeError(`--connect-to must be HOST:PORT:ADDRESS:PORT, not "${text}"`)
}
