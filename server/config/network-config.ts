import { isIP } from 'node:net'
import { checkStamp } from '../../protocol/gateway-names.ts'
import { switchValue } from '../options.ts'
import type { EntityProblem } from './check-entities.ts'
import { configError } from './config-error.ts'
import type { Environment } from './interpolate.ts'

/** What the machines behind the relay seem to be called: the rehearsal of a firewall's allow-list. */
export type NetworkConfig = {
  /** Rendezvous addresses have the names of gateways. */
  readonly gateways: boolean
  /** Name of the group of gateways, in their names and in what a namespace's name leads to. */
  readonly stamp: string
  /** What the name service answers; none: the address at which the asker reaches this machine. */
  readonly addresses: readonly string[]
}

const DEFAULT_NETWORK: NetworkConfig = {
  gateways: false,
  stamp: 'local-001',
  addresses: [],
}

/** Variables win over the file; the one with the addresses is a list with commas. Throws ConfigError. */
export function networkConfig(document: Partial<NetworkConfig>, env: Environment): NetworkConfig {
  const { gateways, stamp, addresses } = { ...DEFAULT_NETWORK, ...document }
  return {
    gateways: variable(env, 'RELAY_EMULATOR_NETWORK_GATEWAYS', switchValue) ?? gateways,
    stamp: variable(env, 'RELAY_EMULATOR_NETWORK_STAMP', stampValue) ?? stamp,
    addresses: variable(env, 'RELAY_EMULATOR_NETWORK_ADDRESSES', addressList) ?? addresses,
  }
}

/** What a schema cannot say about `network`. */
export function checkNetwork({ addresses = [] }: Partial<NetworkConfig>): EntityProblem[] {
  return addresses.flatMap((address, index) =>
    isIP(address) === 0
      ? [{ path: ['network', 'addresses', index], message: 'must be an IP address' }]
      : [],
  )
}

function variable<Value>(
  env: Environment,
  name: string,
  parse: (text: string, name: string) => Value,
): Value | undefined {
  const text = env[name]
  if (!text) return undefined
  try {
    return parse(text, name)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw configError('', error.message)
  }
}

function stampValue(text: string, name: string): string {
  const wrong = checkStamp(text)
  if (wrong !== undefined) throw new TypeError(`${name} is no stamp: ${wrong}`)
  return text
}

function addressList(text: string, name: string): readonly string[] {
  const addresses = text.split(',').flatMap((address) => address.trim() || [])
  const wrong = addresses.find((address) => isIP(address) === 0)
  if (wrong === undefined) return addresses
  throw new TypeError(`${name} must hold IP addresses with commas between them, not "${wrong}"`)
}
