/** The X.509 extension that keeps a stolen CA key from vouching for the rest of the internet. Source: RFC 5280, 4.2.1.10. */
import { isIP } from 'node:net'
import { domainToASCII } from 'node:url'
import { der, oid, sequence } from './der.ts'

export const NAME_CONSTRAINTS_OID = '2.5.29.30'

/** What every CA of the emulator serves, configured hosts aside. Source: product 3, `--tls-cert`. */
const ALWAYS_PERMITTED = ['localhost', 'servicebus.localhost', 'servicebus.windows.net']
/** 127.0.0.0/8 and ::1/128: address, then mask. */
const LOOPBACK_V4 = Buffer.from([127, 0, 0, 0, 255, 0, 0, 0])
const LOOPBACK_V6 = Buffer.concat([addressBytes('::1'), Buffer.alloc(16, 0xff)])

const TAG = { permitted: 0xa0, dnsName: 0x82, ipAddress: 0x87 } as const
const OID_DER = oid(NAME_CONSTRAINTS_OID)

/** One spelling for a host: lower case, ASCII, IPv6 without brackets. Empty for what is no host name. */
export function normalizeHost(host: string): string {
  const bare = host.replace(/^\[(.*)\]$/, '$1')
  return isIP(bare) ? bare.toLowerCase() : domainToASCII(bare)
}

/** The extension's value (DER) that permits the emulator's own names, loopback addresses and `hosts`. */
export function encodeNameConstraints(hosts: readonly string[]): Buffer {
  const names = [...ALWAYS_PERMITTED, ...hosts.filter((host) => !isIP(host)).map(withoutWildcard)]
  const addresses = hosts.filter((host) => isIP(host) && !isLoopback(host)).map(hostSubtree)
  const subtrees = [
    ...[...new Set(names)].map(nameSubtree),
    addressSubtree(LOOPBACK_V4),
    addressSubtree(LOOPBACK_V6),
    ...addresses,
  ]
  return sequence(der(TAG.permitted, ...subtrees))
}

/** Whether the CA `certificate` (DER) may vouch for `host` (normalised). One without name constraints may for all. */
export function permitsHost(certificate: Buffer, host: string): boolean {
  if (!certificate.includes(OID_DER)) return true
  if (isIP(host)) return isLoopback(host) || certificate.includes(hostSubtree(host))
  const labels = withoutWildcard(host).split('.')
  // A subtree's encoding is too long to turn up in a certificate by chance, so no parser is needed.
  return labels.some((_, at) => certificate.includes(nameSubtree(labels.slice(at).join('.'))))
}

function withoutWildcard(name: string): string {
  return name.replace(/^\*\./, '')
}

function nameSubtree(name: string): Buffer {
  return sequence(der(TAG.dnsName, Buffer.from(name, 'ascii')))
}

function addressSubtree(addressAndMask: Buffer): Buffer {
  return sequence(der(TAG.ipAddress, addressAndMask))
}

function hostSubtree(address: string): Buffer {
  const bytes = addressBytes(address)
  return addressSubtree(Buffer.concat([bytes, Buffer.alloc(bytes.length, 0xff)]))
}

function isLoopback(address: string): boolean {
  const bytes = addressBytes(address)
  return bytes.length === 4 ? bytes[0] === 127 : bytes.equals(addressBytes('::1'))
}

/** The 4 or 16 bytes of an IP address. */
export function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number))
  // The URL parser knows every spelling of an IPv6 address and leaves hex groups and at most one `::`.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::')
  const groups = (text: string) => (text === '' ? [] : text.split(':'))
  const after = groups(tail ?? '')
  const zeros = Array<string>(8 - groups(head).length - after.length).fill('0')
  const hex = [...groups(head), ...zeros, ...after].map((group) => group.padStart(4, '0'))
  return Buffer.from(hex.join(''), 'hex')
}
