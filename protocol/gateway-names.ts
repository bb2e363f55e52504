/**
 * Names of the machines behind a namespace. A stamp is the group of machines that serves it, e.g. `dm3-010`; its name
 * stands in the CNAME of the namespace, and a listener dials one of its gateways for every rendezvous. Source:
 * Azure/azure-relay-dotnet, tools/GetNamespaceInfo.ps1, which finds them in this way.
 */

const AZURE_DOMAIN = 'servicebus.windows.net'
/** Domains whose gateways have names below the same domain; the second one is the emulator's own. */
const DOMAINS = [AZURE_DOMAIN, 'servicebus.localhost']
/** `G` gateways run on machines of their own, `GV` on virtual machine scale sets. */
const FAMILIES = ['G', 'GV']
const GATEWAYS_PER_FAMILY = 128
/** `gv127-prod-` and `-sb` take 14 of the 63 characters of a label. */
export const MAX_STAMP_CHARACTERS = 49

/** Gateways of a stamp: G0 to G127 and GV0 to GV127. */
export const GATEWAY_COUNT = FAMILIES.length * GATEWAYS_PER_FAMILY

/** The name of one gateway, `index` from 0 to {@link GATEWAY_COUNT} - 1: `G0-prod-STAMP-sb.servicebus.windows.net`. */
export function gatewayName(stamp: string, index: number, domain = AZURE_DOMAIN): string {
  const family = FAMILIES[Math.floor(index / GATEWAYS_PER_FAMILY)] ?? ''
  return `${family}${index % GATEWAYS_PER_FAMILY}-prod-${stamp}-sb.${domain}`
}

/** All names of a stamp's gateways, in order. */
export function gatewayNames(stamp: string): string[] {
  return Array.from({ length: GATEWAY_COUNT }, (_, index) => gatewayName(stamp, index))
}

/** What a namespace's name leads to: `ns-sb2-prod-STAMP.cloudapp.net`. */
export function stampHost(stamp: string): string {
  return `ns-sb2-prod-${stamp}.cloudapp.net`
}

/** The stamp in the name of a gateway, lower case, without a port; undefined for other names. Case does not count. */
export function stampOfGateway(host: string): string | undefined {
  const match = /^gv?(\d{1,3})-prod-([a-z0-9-]+)-sb\.(.+)$/.exec(host.toLowerCase())
  const [, number, stamp, domain = ''] = match ?? []
  if (!DOMAINS.includes(domain) || Number(number) >= GATEWAYS_PER_FAMILY) return undefined
  return String(Number(number)) === number ? stamp : undefined
}

/**
 * The gateway that a listener is to dial which itself dialled `host` (with or without a port, which is kept): a name
 * below the same domain. Other names than a namespace's own have no gateways, and stay.
 */
export function gatewayHost(host: string, stamp: string, index: number): string {
  const [, name = '', port = ''] = /^(.*?)(:\d+)?$/.exec(host) ?? []
  const domain = DOMAINS.find((known) => name.toLowerCase().endsWith(`.${known}`))
  return domain === undefined ? host : `${gatewayName(stamp, index, domain)}${port}`
}

/** What is wrong with the name of a stamp, or undefined. */
export function checkStamp(stamp: string): string | undefined {
  const isFine = /^[a-z0-9]+(?:-[a-z0-9]+)*$/i.test(stamp) && stamp.length <= MAX_STAMP_CHARACTERS
  return isFine
    ? undefined
    : `A stamp has up to ${MAX_STAMP_CHARACTERS} letters and digits, with single hyphens between them, e.g. dm3-010.`
}
