import { type Endpoint, parseEndpoint } from '../protocol/user-metadata.ts'
import { AgentError } from './agent-error.ts'
import { formatEndpoint } from './connect-to.ts'

/** A relay's address. */
export type RelayPlace = Endpoint & { readonly isTls: boolean }

/** A hybrid connection as far as a plan minds it. */
export type KnownConnection = {
  readonly namespace: string
  /** HOST:PORT; '' when unknown. */
  readonly endpoint: string
  readonly relay: RelayPlace
}

/** What `hcm test` looks at. */
export type CheckPlan = {
  readonly target: Endpoint
  /** Whether {@link CheckPlan.target} is the relay itself. */
  readonly isRelay: boolean
  /** The relay that should answer; undefined when nothing tells which one. */
  readonly relay: RelayPlace | undefined
}

/** Relays of the cloud. */
const SUFFIX = 'servicebus.windows.net'
const RELAY_PORT = 443

/**
 * Reads the argument of `hcm test`. A namespace is one that was added, or a name in the cloud, or the name of a host.
 * With HOST:PORT the relay is that of the hybrid connection with this endpoint, else the first one. Throws
 * RELAY_INPUT_INVALID.
 */
export function planChecks(argument: string, known: readonly KnownConnection[]): CheckPlan {
  const endpoint = parseEndpoint(argument)
  if (endpoint) return planEndpoint(endpoint, known)
  const namespace = argument
    .replace(/^\w+:\/\//, '')
    .replace(/\/+$/, '')
    .toLowerCase()
  if (!/^[a-z0-9._-]+$/.test(namespace)) {
    throw new AgentError(
      'RELAY_INPUT_INVALID',
      'the argument is neither HOST:PORT with a port from 1 to 65535 nor a namespace',
      { target: 'target', next: 'hcm test db.corp.local:5432' },
    )
  }
  const added = known.find(
    ({ namespace: name, relay }) =>
      name.toLowerCase() === namespace || relay.host.toLowerCase() === namespace,
  )
  const host = namespace.includes('.') ? namespace : `${namespace}.${SUFFIX}`
  const relay = added?.relay ?? { host, port: RELAY_PORT, isTls: true }
  return { target: relay, isRelay: true, relay }
}

function planEndpoint(target: Endpoint, known: readonly KnownConnection[]): CheckPlan {
  const place = formatEndpoint(target).toLowerCase()
  const asRelay = known.find(({ relay }) => formatEndpoint(relay).toLowerCase() === place)?.relay
  const inCloud = target.host.toLowerCase().endsWith(`.${SUFFIX}`)
  const relay = asRelay ?? (inCloud ? { ...target, isTls: true } : undefined)
  if (relay) return { target, isRelay: true, relay }
  const serving = known.find(({ endpoint }) => endpoint.toLowerCase() === place) ?? known[0]
  return { target, isRelay: false, relay: serving?.relay }
}
