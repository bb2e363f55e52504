import { Type } from '../json-type.ts'
import { oneOf, strict } from './schemas.ts'

/** Schemas of the network rules in `contract.ts`. */

const IP_RULE = { ipMask: Type.String(), action: oneOf('Allow', 'Deny') }
const SET = {
  publicNetworkAccess: oneOf('Enabled', 'Disabled', 'SecuredByPerimeter'),
  defaultAction: oneOf('Allow', 'Deny'),
}

/** What a call sends. */
export const NetworkRuleBody = strict({ ...SET, ipRules: Type.Array(strict(IP_RULE)) })

export const NetworkRuleSetRow = strict({
  ...SET,
  ipRules: Type.Array(strict({ ...IP_RULE, hits: Type.Integer() })),
})

export const AddressJudgements = strict({
  items: Type.Array(
    strict({
      address: Type.String(),
      isAdmitted: Type.Boolean(),
      decidedBy: oneOf('publicNetworkAccess', 'ipRule', 'defaultAction'),
      rule: Type.Union([strict(IP_RULE), Type.Null()]),
    }),
  ),
})
