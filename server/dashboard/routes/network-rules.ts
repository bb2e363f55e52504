import { isIP } from 'node:net'
import type { NetworkRuleSet } from '../../../protocol/entity.ts'
import { Type } from '../../json-type.ts'
import { judgeAddress, OPEN_NETWORK, readNetworkRules } from '../../namespace/network-rules.ts'
import type { AdminDeps } from '../admin-deps.ts'
import { ApiError } from '../api-error.ts'
import type { AddressJudgement, NetworkRules } from '../contract.ts'
import { findNamespace } from '../find-entity.ts'
import { AddressJudgements, NetworkRuleBody, NetworkRuleSetRow } from '../network-schemas.ts'
import { pathNames, strict } from '../schemas.ts'
import type { AdminApp } from '../typebox-provider.ts'

const tags = ['namespaces']
const PATH = '/namespaces/:ns/networkRules'
const params = pathNames('ns')
/** More than a namespace has listeners with addresses of their own. */
const MAX_ADDRESSES = 1_000
const TestBody = strict({
  addresses: Type.Array(Type.String({ minLength: 1, maxLength: 64 }), {
    minItems: 1,
    maxItems: MAX_ADDRESSES,
  }),
  rules: Type.Optional(NetworkRuleBody),
})

/** Who may reach a namespace by address. Source: dashboard 2.2, Networking. */
export function networkRuleRoutes(
  app: AdminApp,
  { store, hits }: Pick<AdminDeps, 'store' | 'hits'>,
): void {
  const stored = (ns: string): NetworkRuleSet => ({
    ...OPEN_NETWORK,
    ...findNamespace(store, ns).networkRules,
  })
  const shown = (ns: string): NetworkRules => {
    const { publicNetworkAccess, defaultAction, ipRules } = stored(ns)
    return {
      publicNetworkAccess,
      defaultAction,
      ipRules: ipRules.map((rule) => ({ ...rule, hits: hits.of(ns, rule) })),
    }
  }

  app.get(
    PATH,
    {
      schema: {
        tags,
        summary: 'Who may reach a namespace, and how often each rule decided since start',
        params,
        response: { 200: NetworkRuleSetRow },
      },
    },
    ({ params: { ns } }) => shown(ns),
  )

  app.put(
    PATH,
    {
      schema: {
        tags,
        summary: 'Replaces the rules; who is connected stays until it connects again',
        params,
        body: NetworkRuleBody,
        response: { 200: NetworkRuleSetRow },
      },
    },
    ({ params: { ns }, body }) => {
      const { trustedServiceAccessEnabled } = stored(ns)
      store.putNamespace(ns, {
        networkRules: readNetworkRules({ ...body, trustedServiceAccessEnabled }),
      })
      return shown(ns)
    },
  )

  app.post(
    `${PATH}/test`,
    {
      schema: {
        tags,
        summary: 'What decides about addresses, by the stored rules or by `rules`; changes nothing',
        params,
        body: TestBody,
        response: { 200: AddressJudgements },
      },
    },
    ({ params: { ns }, body: { addresses, rules } }) => {
      const inForce = stored(ns)
      const judged = rules ? readNetworkRules(rules) : inForce
      return { items: addresses.map((address, index) => judgement(judged, address, index)) }
    },
  )
}

function judgement(rules: NetworkRuleSet, address: string, index: number): AddressJudgement {
  if (isIP(address) === 0) {
    const message = `${address} is not an IP address, e.g. 10.0.0.5 or 2001:db8::1`
    const details = [
      { code: 'RELAY_INPUT_INVALID' as const, message, target: `/addresses/${index}` },
    ]
    throw new ApiError('RELAY_INPUT_INVALID', message, { target: 'body', details })
  }
  const { isAdmitted, decidedBy, rule } = judgeAddress(rules, address)
  return { address, isAdmitted, decidedBy, rule }
}
