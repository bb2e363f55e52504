import { test } from 'tap'
import type { NetworkRuleSet } from '../../protocol/entity.ts'
import { NetworkHits } from './network-hits.ts'
import { OPEN_NETWORK, judgeAddress, readNetworkRules } from './network-rules.ts'

const rules = (more: Partial<NetworkRuleSet>): NetworkRuleSet => ({ ...OPEN_NETWORK, ...more })

test('the first rule that holds the address counts, then the default (relay-protocol 8.4)', async (t) => {
  t.ok(judgeAddress(OPEN_NETWORK, '203.0.113.1').isAdmitted)
  const set = rules({
    defaultAction: 'Deny',
    ipRules: [
      { ipMask: '10.1.0.0/16', action: 'Deny' },
      { ipMask: '10.0.0.0/8', action: 'Allow' },
      { ipMask: '2001:db8::/32', action: 'Allow' },
      { ipMask: '192.0.2.7', action: 'Allow' },
    ],
  })
  t.notOk(judgeAddress(set, '10.1.2.3').isAdmitted)
  t.ok(judgeAddress(set, '10.2.2.3').isAdmitted)
  t.ok(judgeAddress(set, '2001:db8::1').isAdmitted)
  t.ok(judgeAddress(set, '192.0.2.7').isAdmitted)
  t.notOk(judgeAddress(set, '192.0.2.8').isAdmitted)
  t.notOk(judgeAddress(set, 'nonsense').isAdmitted)
  t.notOk(judgeAddress(rules({ publicNetworkAccess: 'Disabled' }), '127.0.0.1').isAdmitted)
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

test('hits are counted for each rule of each namespace, in whatever case it is named', async (t) => {
  const hits = new NetworkHits()
  const deny = { ipMask: '10.0.0.0/8', action: 'Deny' } as const
  hits.count('Contoso', deny)
  hits.count('contoso', { ...deny })
  t.equal(hits.of('CONTOSO', deny), 2)
  t.equal(hits.of('contoso', { ...deny, action: 'Allow' }), 0)
  t.equal(hits.of('fabrikam', deny), 0)
})
