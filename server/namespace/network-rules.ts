import { BlockList, isIP } from 'node:net'
import type { IpRule, NetworkRuleSet } from '../../protocol/entity.ts'
import type { JsonObject } from '../../protocol/json.ts'
import { StoreError } from './store.ts'

/** The rules of a namespace that was given none. Source: management-plane 4.5. */
export const OPEN_NETWORK: NetworkRuleSet = {
  publicNetworkAccess: 'Enabled',
  defaultAction: 'Allow',
  ipRules: [],
  trustedServiceAccessEnabled: false,
}

const MAX_IP_RULES = 128

/** What becomes of an address, and what said so; `rule` is the one that decided, if one did. */
export type AddressVerdict = {
  readonly isAdmitted: boolean
  readonly decidedBy: 'publicNetworkAccess' | 'ipRule' | 'defaultAction'
  readonly rule: IpRule | null
}

/**
 * Whether `address` may reach a namespace with these rules: the first rule that holds it counts, then the default
 * action. Source: relay-protocol 8.4.
 */
export function judgeAddress(rules: NetworkRuleSet, address: string): AddressVerdict {
  if (rules.publicNetworkAccess === 'Disabled') {
    return { isAdmitted: false, decidedBy: 'publicNetworkAccess', rule: null }
  }
  const rule = rules.ipRules.find(({ ipMask }) => holds(ipMask, address)) ?? null
  const isAdmitted = (rule?.action ?? rules.defaultAction) === 'Allow'
  return { isAdmitted, decidedBy: rule ? 'ipRule' : 'defaultAction', rule }
}

/** Reads a rule set as a management call sends it; what is left out takes its default. Throws {@link StoreError}. */
export function readNetworkRules(given: JsonObject): NetworkRuleSet {
  const { ipRules = [] } = given
  if (!Array.isArray(ipRules)) throw invalid('ipRules must be a list', 'ipRules')
  if (ipRules.length > MAX_IP_RULES) {
    throw invalid(
      `ipRules has ${ipRules.length} rules, ${MAX_IP_RULES} are the most allowed`,
      'ipRules',
    )
  }
  return {
    publicNetworkAccess: wordOf(given, 'publicNetworkAccess', [
      'Enabled',
      'Disabled',
      'SecuredByPerimeter',
    ]),
    defaultAction: wordOf(given, 'defaultAction', ['Allow', 'Deny']),
    ipRules: ipRules.map((rule: JsonObject | null) => readRule(rule ?? {})),
    trustedServiceAccessEnabled: given['trustedServiceAccessEnabled'] === true,
  }
}

function readRule(rule: JsonObject): IpRule {
  const ipMask = rule['ipMask']
  if (typeof ipMask !== 'string' || parseMask(ipMask) === undefined) {
    throw invalid('ipMask must be an IP address or a CIDR block, e.g. 10.0.0.0/8', 'ipRules')
  }
  return { ipMask, action: wordOf(rule, 'action', ['Allow', 'Deny']) }
}

/** One of `words`, compared without case; the first one when the member is left out. */
function wordOf<Word extends string>(
  given: JsonObject,
  member: string,
  words: readonly [Word, ...Word[]],
): Word {
  const value = given[member] ?? words[0]
  const wanted = typeof value === 'string' ? value.toLowerCase() : ''
  const word = words.find((candidate) => candidate.toLowerCase() === wanted)
  if (word === undefined) throw invalid(`${member} must be one of ${words.join(', ')}`, member)
  return word
}

function holds(ipMask: string, address: string): boolean {
  const block = parseMask(ipMask)
  const version = isIP(address)
  if (block === undefined || version === 0) return false
  const list = new BlockList()
  list.addSubnet(block.address, block.bits, block.family)
  return list.check(address, version === 4 ? 'ipv4' : 'ipv6')
}

type Block = { readonly address: string; readonly bits: number; readonly family: 'ipv4' | 'ipv6' }

function parseMask(text: string): Block | undefined {
  const [, address = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const version = isIP(address)
  const most = version === 4 ? 32 : 128
  const count = bits === undefined ? most : Number(bits)
  if (version === 0 || count > most) return undefined
  return { address, bits: count, family: version === 4 ? 'ipv4' : 'ipv6' }
}

function invalid(message: string, target: string): StoreError {
  return new StoreError('RELAY_INPUT_INVALID', message, target)
}
