import { isIP, isIPv4 } from 'node:net'
import type { Namespace } from '../../protocol/entity.ts'

const AZURE_SUFFIX = '.servicebus.windows.net'
const LOCAL_SUFFIX = '.servicebus.localhost'
/** Names the first namespace answers to besides its own (product 4). */
const LOOPBACK_NAMES: readonly string[] = ['localhost', '127.0.0.1', '::1']

type Named = Pick<Namespace, 'name' | 'hosts'>

/** NAME.servicebus.windows.net, the name a namespace has in Azure. */
export function azureHost(namespace: Pick<Namespace, 'name'>): string {
  return namespace.name.toLowerCase() + AZURE_SUFFIX
}

/** NAME.servicebus.localhost, which browsers and our own ends resolve to loopback. */
export function localHost(namespace: Pick<Namespace, 'name'>): string {
  return namespace.name.toLowerCase() + LOCAL_SUFFIX
}

/** Of namespaces as they are now: one that changes is another object, and every call of a sender asks. */
const HOSTS = new WeakMap<Named, readonly string[]>()

/** Every name of a namespace, lower-case, without ports and brackets. */
export function namespaceHosts(namespace: Named): readonly string[] {
  const known = HOSTS.get(namespace)
  if (known) return known
  const configured = namespace.hosts.map((host) => hostOf(host))
  const hosts = [...new Set([azureHost(namespace), localHost(namespace), ...configured])]
  HOSTS.set(namespace, hosts)
  return hosts
}

/**
 * The namespace a request is for. Its names first; then the first namespace answers to loopback names and addresses,
 * and a single one to any name (product 4). Undefined for an unknown name, or none, among several.
 */
export function resolveNamespace(
  namespaces: readonly Namespace[],
  hostHeader: string | undefined,
): Namespace | undefined {
  if (namespaces.length < 2 || hostHeader === undefined) {
    return namespaces.length === 1 ? namespaces[0] : undefined
  }
  const host = hostOf(hostHeader)
  const label = labelOf(host)
  for (const namespace of namespaces) {
    if (label !== undefined && namespace.name.toLowerCase() === label) return namespace
    if (namespace.hosts.some((name) => hostOf(name) === host)) return namespace
  }
  return isLoopback(host) ? namespaces[0] : undefined
}

/**
 * Hosts a token's audience may name (relay-protocol 2.2 step 4): the namespace's names, the loopback names of the
 * first one, and the request's own host. Lower-case, without ports and brackets.
 */
export function audienceHosts(
  namespace: Named,
  isFirst: boolean,
  requestHost: string | undefined,
): string[] {
  const hosts = [...namespaceHosts(namespace)]
  if (isFirst) hosts.push(...LOOPBACK_NAMES)
  if (requestHost !== undefined) hosts.push(hostOf(requestHost))
  return hosts
}

/** The name in a Host header: lower-case, without port, brackets and the final dot of a full name. */
export function hostOf(hostHeader: string): string {
  const text = hostHeader.trim().toLowerCase()
  if (text.startsWith('[')) {
    const end = text.indexOf(']')
    return end < 0 ? text : text.slice(1, end)
  }
  const colon = text.indexOf(':')
  // More than one colon: an IPv6 address without brackets.
  const name = colon < 0 || text.includes(':', colon + 1) ? text : text.slice(0, colon)
  return name.endsWith('.') ? name.slice(0, -1) : name
}

/** What is wrong with the `hosts` of one namespace in a list. `isTaken`: another namespace has that name. */
export type HostProblem = {
  readonly namespaceIndex: number
  readonly hostIndex: number
  readonly isTaken: boolean
  readonly message: string
}

/** Checks form and uniqueness of all names; `namespaces` is in order, the first one having the loopback names. */
export function checkHosts(namespaces: readonly Named[]): HostProblem[] {
  const problems: HostProblem[] = []
  const owners = new Map<string, string>()
  const claim = (host: string, namespaceIndex: number, hostIndex: number, name: string) => {
    const owner = owners.get(host)
    if (owner === undefined) owners.set(host, name)
    else if (owner.toLowerCase() !== name.toLowerCase()) {
      const message = `namespace ${owner} answers to ${host} already`
      problems.push({ namespaceIndex, hostIndex, isTaken: true, message })
    }
  }
  const [first] = namespaces
  if (first) for (const host of LOOPBACK_NAMES) owners.set(host, first.name)
  for (const { name } of namespaces) {
    owners.set(azureHost({ name }), name).set(localHost({ name }), name)
  }
  for (const [namespaceIndex, { name, hosts }] of namespaces.entries()) {
    for (const [hostIndex, host] of hosts.entries()) {
      const message = checkHostName(host)
      if (message === undefined) claim(hostOf(host), namespaceIndex, hostIndex, name)
      else problems.push({ namespaceIndex, hostIndex, isTaken: false, message })
    }
  }
  return problems
}

/** What is wrong with a further name of a namespace, or undefined: a DNS name or an IP address, without a port. */
function checkHostName(host: string): string | undefined {
  const bare = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host
  if (isIP(bare) !== 0) return undefined
  const isName =
    bare.length <= 253 &&
    bare.split('.').every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i.test(label))
  return isName
    ? undefined
    : 'must be a DNS name or an IP address, without scheme, port or path, e.g. relay.local'
}

function labelOf(host: string): string | undefined {
  if (host.endsWith(AZURE_SUFFIX)) return host.slice(0, -AZURE_SUFFIX.length)
  if (host.endsWith(LOCAL_SUFFIX)) return host.slice(0, -LOCAL_SUFFIX.length)
  return undefined
}

/** True for the loopback names and every address of 127.0.0.0/8. */
function isLoopback(host: string): boolean {
  return LOOPBACK_NAMES.includes(host) || (host.startsWith('127.') && isIPv4(host))
}
