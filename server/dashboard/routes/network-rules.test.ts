import { test } from 'tap'
import { startAdmin } from '../testing/admin-fixture.ts'

const PATH = '/namespaces/contoso/networkRules'
const RULES = {
  publicNetworkAccess: 'Enabled',
  defaultAction: 'Deny',
  ipRules: [
    { ipMask: '10.1.0.0/16', action: 'Deny' },
    { ipMask: '10.0.0.0/8', action: 'Allow' },
  ],
}

test('a namespace lets everybody in until it is given rules, which come back with their hits', async (t) => {
  const { call, store } = await startAdmin(t)
  t.same((await call('GET', PATH)).body, {
    publicNetworkAccess: 'Enabled',
    defaultAction: 'Allow',
    ipRules: [],
  })
  const put = await call('PUT', PATH, RULES)
  t.equal(put.status, 200)
  t.match(put.body, { defaultAction: 'Deny', ipRules: [{ ipMask: '10.1.0.0/16', hits: 0 }, {}] })
  t.match(store.get('contoso')?.networkRules, RULES)
  t.same((await call('GET', PATH)).body, put.body)
})

test('a test of addresses names what decides, by rules that are stored or not', async (t) => {
  const { call } = await startAdmin(t)
  const addresses = ['10.1.2.3', '10.2.0.1', '127.0.0.1']
  const ask = async (rules?: object) =>
    (await call('POST', `${PATH}/test`, { addresses, ...(rules && { rules }) })).body['items']
  t.match(await ask(), [{ isAdmitted: true, decidedBy: 'defaultAction', rule: null }, {}, {}])
  const [denied, allowed] = RULES.ipRules
  t.same(await ask(RULES), [
    { address: '10.1.2.3', isAdmitted: false, decidedBy: 'ipRule', rule: denied },
    { address: '10.2.0.1', isAdmitted: true, decidedBy: 'ipRule', rule: allowed },
    { address: '127.0.0.1', isAdmitted: false, decidedBy: 'defaultAction', rule: null },
  ])
  t.match(await ask({ ...RULES, publicNetworkAccess: 'Disabled' }), [
    { isAdmitted: false, decidedBy: 'publicNetworkAccess' },
    {},
    {},
  ])
  t.match((await call('GET', PATH)).body, { defaultAction: 'Allow' }, 'nothing was stored')
})

test('what is no rule and no address is refused by name', async (t) => {
  const { call } = await startAdmin(t)
  const bad = { ...RULES, ipRules: [{ ipMask: '10.0.0.0/40', action: 'Allow' }] }
  t.match(await call('PUT', PATH, bad), {
    status: 400,
    body: { error: { code: 'RELAY_INPUT_INVALID', target: 'ipRules' } },
  })
  t.match(await call('POST', `${PATH}/test`, { addresses: ['127.0.0.1', 'db.corp'] }), {
    status: 400,
    body: { error: { details: [{ target: '/addresses/1' }] } },
  })
  t.equal((await call('POST', `${PATH}/test`, { addresses: [] })).status, 400)
  t.equal((await call('GET', '/namespaces/fabrikam/networkRules')).status, 404)
})
