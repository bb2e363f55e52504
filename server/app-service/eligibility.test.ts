import { test } from 'tap'
import { checkRoom, planUse } from './eligibility.ts'
import type { PlanRow, SiteRelayRow } from './entities.ts'
import { type LimitProfile, hybridConnectionLimit, skuOf } from './skus.ts'

const plan = (sku: string): PlanRow => ({
  name: 'plan1',
  resourceGroup: 'rg1',
  location: 'westus2',
  sku,
  capacity: 1,
  kind: 'app',
  isLinux: false,
  isWindowsContainer: false,
  tags: {},
})

const relays = (site: string, count: number): SiteRelayRow[] =>
  Array.from({ length: count }, (_, index) => ({
    site,
    slot: null,
    namespace: 'contoso',
    hybridConnection: `hc${index}`,
    relayGroup: 'rg1',
    hostname: 'db.example',
    port: 5432,
    sendKeyName: 'defaultSender',
    sendKeyValue: '',
    serviceBusSuffix: '',
  }))

test('SKUs are read in any case and written as Azure does', (t) => {
  t.same(skuOf('p1V2'), { name: 'P1v2', tier: 'PremiumV2', family: 'Pv2' })
  t.same(skuOf('P1MV3'), { name: 'P1mv3', tier: 'PremiumV3', family: 'Pmv3' })
  t.same(skuOf('s1'), { name: 'S1', tier: 'Standard', family: 'S' })
  t.equal(skuOf('S4'), undefined)
  t.end()
})

test('a plan has as many hybrid connections as the profile documents (product 5)', (t) => {
  const rows = [
    ['Basic', '2017', 5, 'plan'],
    ['Standard', '2025', 25, 'plan'],
    ['PremiumV2', '2017', 200, 'plan'],
    ['IsolatedV2', '2023', 200, 'app'],
    ['PremiumV3', '2025', 220, 'app'],
    ['Free', '2025', 0, 'plan'],
    ['Dynamic', '2017', 0, 'plan'],
  ] as const
  for (const [tier, profile, maximum, per] of rows) {
    t.same(hybridConnectionLimit(tier, profile), { maximum, per }, `${tier} in ${profile}`)
  }
  t.end()
})

test('one used by five apps counts once per plan, and for each app where the limit is per app', (t) => {
  const all = ['a', 'b', 'c', 'd', 'e'].flatMap((site) => relays(site, 3))
  t.match(planUse(plan('B1'), all, '2025'), { used: 3, maximum: 5 })
  const uneven = [...relays('a', 3), ...relays('b', 7)]
  t.match(planUse(plan('P1v3'), uneven, '2025'), { used: 7, maximum: 220, per: 'app' })
  t.end()
})

test('a full plan refuses a new hybrid connection alone; a full app does not fill its plan', (t) => {
  const check = (sku: string, profile: LimitProfile, atApp: number, inPlan: number, name: string) =>
    checkRoom(
      { namespace: 'contoso', hybridConnection: name },
      {
        plan: plan(sku),
        isWindowsContainer: false,
        atApp: relays('a', atApp),
        inPlan: relays('b', inPlan),
        profile,
      },
    )
  t.throws(() => check('B1', '2025', 0, 5, 'new'), { code: 'APP_PLAN_LIMIT' })
  t.doesNotThrow(() => check('B1', '2025', 0, 5, 'HC4'))
  t.throws(() => check('P1v3', '2017', 0, 200, 'new'), { code: 'APP_PLAN_LIMIT' })
  t.doesNotThrow(() => check('P1v3', '2025', 219, 1_000, 'new'))
  t.throws(() => check('P1v3', '2025', 220, 220, 'new'), { code: 'APP_PLAN_LIMIT' })
  t.throws(() => check('F1', '2025', 0, 0, 'new'), { code: 'APP_NOT_ELIGIBLE' })
  t.end()
})
