import { isIPv6 } from 'node:net'
import { stampHost, stampOfGateway } from '../../protocol/gateway-names.ts'
import type { Namespace } from '../../protocol/entity.ts'
import { azureHost, namespaceHosts } from '../namespace/host-names.ts'

/** Names that the service answers for. */
export type DnsZone = {
  readonly stamp: string
  readonly namespaces: readonly Pick<Namespace, 'name' | 'hosts'>[]
}

export type DnsQuestion = { readonly name: string; readonly type: string }

export type DnsRecord = {
  readonly name: string
  readonly type: 'A' | 'AAAA' | 'CNAME'
  readonly ttl: number
  readonly data: string
}

/** `records` null: the name is somebody else's. */
export type DnsAnswer = { readonly records: readonly DnsRecord[] | null }

/** Short, so that a relay with another address is found soon, s. */
const TTL_SECONDS = 10

/**
 * What a look-up gets, as in Azure: a namespace's name is an alias of its stamp's, which has the address; gateways
 * have it themselves. The namespace's further names have it too. `addresses` are IPv4 and IPv6.
 */
export function answerFrom(
  zone: DnsZone,
  { name, type }: DnsQuestion,
  addresses: readonly string[],
): DnsAnswer {
  const host = name.toLowerCase().replace(/\.$/, '')
  const target = stampHost(zone.stamp)
  if (zone.namespaces.some((namespace) => azureHost(namespace) === host)) {
    const alias: DnsRecord = { name, type: 'CNAME', ttl: TTL_SECONDS, data: target }
    return { records: [alias, ...addressRecords(target, type, addresses)] }
  }
  const isOurs =
    host === target.toLowerCase() ||
    stampOfGateway(host) === zone.stamp.toLowerCase() ||
    zone.namespaces.some((namespace) => namespaceHosts(namespace).includes(host))
  return { records: isOurs ? addressRecords(name, type, addresses) : null }
}

function addressRecords(name: string, type: string, addresses: readonly string[]): DnsRecord[] {
  return addresses
    .map((data): DnsRecord => ({
      name,
      type: isIPv6(data) ? 'AAAA' : 'A',
      ttl: TTL_SECONDS,
      data,
    }))
    .filter((record) => type === record.type || type === 'ANY')
}
