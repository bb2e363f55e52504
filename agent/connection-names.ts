import { isIP } from 'node:net'
import type { RelayEndpoint } from '../client/index.ts'

/** What people call a hybrid connection. */
export type ConnectionNames = {
  /** First label of the relay's name; the whole of it where it has one label or is an address. */
  readonly namespace: string
  /** The hybrid connection's path. */
  readonly name: string
  /** Host of the relay, without a port. */
  readonly host: string
  /** `HOST:PORT`, or `HOST` for port 443: tells apart what has the same namespace. */
  readonly place: string
}

/** The names of the hybrid connection at an address. */
export function namesOf(
  relay: Pick<RelayEndpoint, 'hostname' | 'host' | 'entityPath'>,
): ConnectionNames {
  const { hostname, host, entityPath } = relay
  const [label = hostname] = hostname.split('.')
  return {
    namespace: isIP(hostname) === 0 ? label : hostname,
    name: entityPath,
    host: hostname,
    place: host,
  }
}

/** True when `namespace` (its name, host, or HOST:PORT) and `name` mean this one; case does not matter. */
export function isNamed(names: ConnectionNames, namespace: string, name: string): boolean {
  const given = namespace.toLowerCase()
  return (
    names.name.toLowerCase() === name.toLowerCase() &&
    [names.namespace, names.host, names.place].some((known) => known.toLowerCase() === given)
  )
}
