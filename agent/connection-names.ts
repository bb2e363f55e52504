import { isIP } from 'node:net'
import type { RelayEndpoint } from '../client/index.ts'

/** What people call a hybrid connection. */
export type ConnectionNames = {
  /** As the relay tells it; else the first label of the relay's name, all of it where it is an address. */
  readonly namespace: string
  /** The hybrid connection's path. */
  readonly name: string
  /** Host of the relay, without a port. */
  readonly host: string
  /** `HOST:PORT`, or `HOST` for port 443: tells apart what has the same namespace. */
  readonly place: string
}

/** The names of the hybrid connection at an address. `told` is the namespace as the relay tells it, '' when unknown. */
export function namesOf(
  relay: Pick<RelayEndpoint, 'hostname' | 'host' | 'entityPath'>,
  told: string,
): ConnectionNames {
  const { hostname, host, entityPath } = relay
  const [label = hostname] = hostname.split('.')
  return {
    namespace: told || (isIP(hostname) === 0 ? label : hostname),
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
