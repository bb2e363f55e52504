import type { Locator } from 'playwright-core'
import { test } from 'tap'
import type { ListenerRow } from '../../server/dashboard/contract.ts'
import { callAdmin, factOf, listenersOf } from '../harness/facts.ts'
import { listen } from '../harness/listener.ts'
import { openUpgrade } from '../harness/raw-peer.ts'
import { startRelay } from '../harness/relay.ts'
import { openPage, startBrowser } from './fixture.ts'

const AGENT = { 'Relay-User-Agent': 'relay-emulator-hcm/1.0 (onprem-1)', 'User-Agent': 'hcm/1.0' }

test('a listener is shown with all that is known of it, and is dropped as it was asked', async (t) => {
  const browser = await startBrowser(t)
  if (!browser) return
  const relay = await startRelay(t, { seed: 42 })
  const { page } = await openPage(t, browser, `${relay.adminUrl}/#/listeners`)
  await page.getByText('Nobody listens').waitFor()
  const first = await listen(t, relay, 'open', { headers: AGENT })
  const second = await listen(t, relay, 'open', {
    token: relay.token({ path: 'open', seconds: 40 }),
  })
  const rows = page.getByRole('row').filter({ hasText: 'local-relay/open' })
  const row = rows.filter({ hasText: 'onprem-1' })
  await row.waitFor()
  const facts = (await listenersOf(relay)).find(({ label }) => label === 'onprem-1')
  if (!facts) throw new Error('the listener is not there')
  const cells = (await row.locator('th, td').allInnerTexts()).slice(0, 10)
  t.match(cells, [
    /onprem-1/,
    facts.trackingId,
    'local-relay/open',
    facts.remote,
    'hcm/1.0',
    /^\d+ s$/,
    /^in (?:59:\d\d|1:00:00)$/,
    '–',
    '0 / 0',
    '–',
  ])
  const red = rows.filter({ hasText: '✕ in 00:' })
  const before = await red.getByText('in 00:').innerText()
  await page.waitForFunction(
    (text) => !document.querySelector('table')?.textContent?.includes(text),
    before,
  )
  t.ok((await red.getByText('in 00:').innerText()) < before, 'the countdown falls')

  await row.getByRole('button', { name: 'Actions for onprem-1' }).click()
  await page.getByRole('menuitem', { name: 'Drop...' }).click()
  const dialog = page.getByRole('dialog', { name: 'Drop onprem-1?' })
  await dialog.getByText('Open tunnels stay').waitFor()
  await page.locator('button:focus', { hasText: 'Cancel' }).waitFor()
  await dialog.getByRole('button', { name: 'Drop' }).click()
  t.match(await first.closed, { code: 1001, reason: /dropped by the emulator/ })
  await row.filter({ hasText: 'Close 1001' }).waitFor()
  t.equal(await page.getByRole('dialog').count(), 0)

  await rows.filter({ hasText: '127.0.0.1' }).last().getByRole('rowheader').click()
  await row.getByRole('rowheader').click()
  const panel = page.getByRole('complementary', { name: 'onprem-1' })
  await panel.getByText('Ended: Close 1001 by the relay').waitFor()
  t.ok(await panel.getByRole('button', { name: 'Drop...' }).isDisabled())

  const other = rows.filter({ hasNotText: 'onprem-1' })
  await other.getByRole('rowheader').click()
  await page.getByRole('button', { name: 'Drop...' }).click()
  await page.getByRole('radio', { name: /Cut the TCP/ }).check()
  await page.getByRole('dialog').getByRole('button', { name: 'Drop' }).click()
  t.match(await second.closed, { code: 1006 }, 'no Close was written')
  await page.getByText('0 live, 2 ended').waitFor()
  await page.getByRole('checkbox', { name: 'show ended' }).uncheck()
  await page.getByText('Nobody listens').waitFor()
})

test('after 200 picks with seed 42 share and expectation are those of the API', async (t) => {
  const browser = await startBrowser(t)
  if (!browser) return
  const relay = await startRelay(t, { seed: 42 })
  const listeners = await Promise.all(
    ['a', 'b'].map((name) =>
      listen(t, relay, 'open', {
        headers: { 'Relay-User-Agent': `relay-emulator-hcm/1.0 (${name})` },
      }),
    ),
  )
  for (const listener of listeners) {
    void (async () => {
      for (;;) await listener.reject('&sb-hc-statusCode=403&sb-hc-statusDescription=no')
    })()
  }
  const { page } = await openPage(t, browser, `${relay.adminUrl}/#/listeners`)
  for (let pick = 0; pick < 200; pick++) {
    const sender = await openUpgrade(t, relay, '/$hc/open')
    t.equal((await sender.head()).status, 403)
    sender.socket.destroy()
  }
  const known = await listenersOf(relay)
  t.equal(
    known.reduce((sum, { offered }) => sum + offered, 0),
    200,
  )
  for (const row of known) {
    t.equal(row.offers, 200)
    t.equal(row.expected, 100)
    t.equal(row.rejected, row.offered)
    const shown = page
      .getByRole('row')
      .filter({ has: page.getByRole('rowheader', { name: row.label }) })
    const share = `${(row.offered / 2).toFixed(0)} %`
    await shown
      .filter({ hasText: `0 / ${row.offered}` })
      .filter({ hasText: share })
      .waitFor()
    t.match(await shown.locator('td').allInnerTexts(), { 8: /50 %/ })
  }
  const [row] = known
  await page.getByRole('rowheader', { name: row?.label ?? '' }).click()
  const picks = (await callAdmin(relay, 'GET', `listeners/${row?.id}/picks`)) as {
    seed: number
    items: { n: number; chosen: { id: string } }[]
  }
  t.equal(picks.seed, 42)
  t.equal(picks.items.length, 100)
  const mine = picks.items.filter(({ chosen }) => chosen.id === row?.id).length
  await page.getByText(`Seed 42: chosen in ${mine} of the last 100`).click()
  t.equal(await countRows(page.getByRole('region', { name: 'Picks' })), 100)
})

test('a listener that does not answer pings is said to miss them', async (t) => {
  const browser = await startBrowser(t)
  if (!browser) return
  const relay = await startRelay(t, {
    configuration: {
      limits: { pingIntervalMs: 1_500 },
      namespaces: [
        {
          name: 'contoso',
          hybridConnections: [{ name: 'open', requiresClientAuthorization: false }],
        },
      ],
    },
  })
  const { page } = await openPage(t, browser, `${relay.adminUrl}/#/listeners`)
  await page.getByText('Nobody listens').waitFor()
  const missed = page.getByText('2 missed').waitFor()
  await listen(t, relay, 'open', { autoPong: false })
  await missed
  await factOf(relay, 'listenerUnresponsive')
  await page.getByRole('gridcell', { name: 'cut', exact: true }).waitFor()
  t.match(await listenersOf(relay), [{ ended: { by: 'relay', code: null } } as ListenerRow])
})

/** Rows of a plain table, without its head. */
async function countRows(table: Locator): Promise<number> {
  return (await table.getByRole('row').count()) - 1
}
