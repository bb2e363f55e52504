import { BlockList, isIPv6 } from 'node:net'

/** One address of this machine, as `os.networkInterfaces` lists it. */
export type InterfaceAddress = {
  readonly address: string
  readonly cidr: string | null
  readonly internal: boolean
}

const LOOPBACK = '127.0.0.1'

/**
 * The addresses at which `asker` reaches this machine: those in its own network, else all that are not loopback. A
 * machine without any has its loopback address alone, and so has an asker on it.
 */
export function reachableAddresses(
  interfaces: readonly InterfaceAddress[],
  asker: string,
): readonly string[] {
  const plain = asker.replace(/^::ffff:(?=\d+\.)/, '').replace(/%.*$/, '')
  const outer = interfaces.filter(({ internal, address }) => !internal && !isLinkLocal(address))
  const near = interfaces.filter(({ cidr }) => cidr !== null && holds(cidr, plain))
  if (near.some(({ internal }) => internal)) return [LOOPBACK]
  const found = (near.length > 0 ? near : outer).map(({ address }) => address)
  return found.length > 0 ? found : [LOOPBACK]
}

function holds(cidr: string, address: string): boolean {
  const [network = '', bits] = cidr.split('/')
  const family = isIPv6(network) ? 'ipv6' : 'ipv4'
  if (isIPv6(address) !== (family === 'ipv6')) return false
  const list = new BlockList()
  list.addSubnet(network, Number(bits), family)
  return list.check(address, family)
}

/** Nobody can dial it without naming an interface. */
function isLinkLocal(address: string): boolean {
  return /^(?:fe80:|169\.254\.)/i.test(address)
}
