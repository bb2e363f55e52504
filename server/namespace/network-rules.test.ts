import { test } from 'tap'
import type { NetworkRuleSet } from '../../protocol/entity.ts'
import { OPEN_NETWORK, admitsAddress, readNetworkRules } from './network-rules.ts'

const rules = (more: Partial<NetworkRuleSet>): NetworkRuleSet => ({ ...OPEN_NETWORK, ...more })

test('the first rule that holds the address counts, then the default (relay-protocol 8.4)', async (t) => {
  t.ok(admitsAddress(undefined, '203.0.113.1'))
  t.ok(admitsAddress(OPEN_NETWORK, '203.0.113.1'))
  const set = rules({
    defaultAction: 'Deny',
    ipRules: [
      { ipMask: '10.1.0.0/16', action: 'Deny' },
      { ipMask: '10.0.0.0/8', action: 'Allow' },
      { ipMask: '2001:db8::/32', action: 'Allow' },
      { ipMask: '192.0.2.7', action: 'Allow' },
    ],
  })
  t.notOk(admitsAddress(set, '10.1.2.3'))
  t.ok(admitsAddress(set, '10.2.2.3'))
  t.ok(admitsAddress(set, '2001:db8::1'))
  t.ok(admitsAddress(set, '192.0.2.7'))
  t.notOk(admitsAddress(set, '192.0.2.8'))
  t.notOk(admitsAddress(set, 'nonsense'))
  t.notOk(admitsAddress(rules({ publicNetworkAccess: 'Disabled' }), '127.0.0.1'))
})

test('what a call sends is read with its defaults, or refused by name', async (t) => {
  t.strictSame(readNetworkRules({}), OPEN_NETWORK)
  t.match(readNetworkRules({ defaultAction: 'deny', ipRules: [{ ipMask: '10.0.0.0/8' }] }), {
    defaultAction: 'Deny',
    ipRules: [{ action: 'Allow' }],
  })
  for (const [given, target] of [
    [{ ipRules: [{ ipMask: '10.0.0.0/33' }] }, 'ipRules'],
    [{ ipRules: [{ ipMask: 'name.example' }] }, 'ipRules'],
    [{ ipRules: [null] }, 'ipRules'],
    [{ ipRules: 'x' }, 'ipRules'],
    [{ defaultAction: 'Maybe' }, 'defaultAction'],
  ] as const) {
    t.throws(() => readNetworkRules(given), { code: 'RELAY_INPUT_INVALID', target })
  }
})
