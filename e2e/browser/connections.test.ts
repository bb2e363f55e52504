import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { request } from 'node:http'
import type { Page } from 'playwright-core'
import { test } from 'tap'
import { OPCODE } from '../../protocol/websocket/frame-header.ts'
import type { ConnectionRow } from '../../server/dashboard/contract.ts'
import { closePayload } from '../../server/relay/splice.ts'
import { connectionsOf, factOf } from '../harness/facts.ts'
import { listenHttp } from '../harness/http-listener.ts'
import { listen } from '../harness/listener.ts'
import { openUpgrade } from '../harness/raw-peer.ts'
import { startRelay } from '../harness/relay.ts'
import { openPage, startBrowser } from './fixture.ts'

const APP = { 'Relay-User-Agent': 'relay-emulator-app/1.0 (web)' }
const AGENT = { 'Relay-User-Agent': 'relay-emulator-hcm/1.0 (onprem-1)' }
const CONFIGURATION = {
  limits: { acceptTimeoutMs: 1_000 },
  namespaces: [
    {
      name: 'contoso',
      hybridConnections: [{ name: 'open', requiresClientAuthorization: false }],
    },
  ],
}

test('every way a connection goes is told with its phases, who ended it first, and by what', async (t) => {
  const browser = await startBrowser(t)
  if (!browser) return
  const relay = await startRelay(t, { configuration: CONFIGURATION })
  const { page } = await openPage(t, browser, `${relay.adminUrl}/#/connections`)
  await page.getByText('No sender has connected yet').waitFor()
  const none = await openUpgrade(t, relay, '/$hc/open', { headers: APP })
  t.equal((await none.head()).status, 404)
  await rowOf(page, 'c_1').filter({ hasText: 'refused' }).waitFor()

  const listener = await listen(t, relay, 'open', { headers: AGENT })
  const open = async () => {
    const sender = await openUpgrade(t, relay, '/$hc/open', { headers: APP })
    const rendezvous = await listener.join({ headers: { 'Sec-WebSocket-Protocol': 'chat' } })
    await Promise.all([sender.head(), rendezvous.head()])
    return { sender, rendezvous }
  }
  const { sender, rendezvous } = await open()
  sender.send(OPCODE.binary, Buffer.alloc(1_843))
  rendezvous.send(OPCODE.text, 'hello')
  rendezvous.send(OPCODE.text, 'again')
  await rowOf(page, 'c_2').filter({ hasText: 'open' }).filter({ hasText: '1.8 KiB' }).waitFor()
  await rowOf(page, 'c_2').getByRole('rowheader').click()
  const panel = (id: string) => page.getByRole('complementary', { name: id })
  await factIs(page, 'c_2', 'To sender', /^10 B in 2 frames/)
  await factIs(page, 'c_2', 'Sub-protocol', 'chat')
  rendezvous.send(OPCODE.close, closePayload(1000, 'bye'))
  await factIs(page, 'c_2', 'Closed first by', 'the listener, by a Close frame')
  await factIs(page, 'c_2', 'Code and reason', '1000 "bye"')
  await factIs(page, 'c_2', 'Close of the sender', 'none')
  sender.send(OPCODE.close, closePayload(1001, 'over'))
  await Promise.all([sender.over(), rendezvous.over()])
  await factIs(page, 'c_2', 'Close of the sender', /^1001 "over", at \+/)
  await factIs(page, 'c_2', 'Close of the listener', /^1000 "bye", at \+/)
  const steps = panel('c_2').getByRole('list', { name: 'Phases' }).getByRole('listitem')
  await steps.filter({ hasText: 'closing' }).filter({ hasNotText: 'now' }).waitFor()
  t.match(await steps.allInnerTexts(), [
    /^connecting[^]*ms$/,
    /^acceptSent[^]*ms$/,
    /^accepted[^]*ms$/,
    /^open[^]*s$/,
    /^closing[^]*s$/,
  ])

  const rejectedSender = await openUpgrade(t, relay, '/$hc/open', { headers: APP })
  await listener.reject('&sb-hc-statusCode=403&sb-hc-statusDescription=Not%20you')
  t.equal((await rejectedSender.head()).status, 403)
  await rowOf(page, 'c_3').filter({ hasText: 'rejected' }).getByRole('rowheader').click()
  await factIs(page, 'c_3', 'Closed first by', 'the listener, with status 403')
  await factIs(page, 'c_3', 'Code and reason', /^403 "Not you/)

  const late = await openUpgrade(t, relay, '/$hc/open', { headers: APP })
  t.equal((await late.head()).status, 404)
  await listener.next()
  await rowOf(page, 'c_4').filter({ hasText: 'timedOut' }).getByRole('rowheader').click()
  await factIs(page, 'c_4', 'Closed first by', 'the relay, with status 404')

  const impatient = await openUpgrade(t, relay, '/$hc/open', { headers: APP })
  await listener.next()
  impatient.socket.destroy()
  await rowOf(page, 'c_5').filter({ hasText: 'abandoned' }).getByRole('rowheader').click()
  await factIs(page, 'c_5', 'Closed first by', 'the sender, by a FIN')

  const pair = await open()
  pair.sender.reset()
  await rowOf(page, 'c_6').filter({ hasText: 'closed' }).getByRole('rowheader').click()
  await factIs(page, 'c_6', 'Closed first by', 'the sender, by a reset')
  await factIs(page, 'c_6', 'Close of the sender', 'none')

  const doomed = await open()
  await rowOf(page, 'c_7').filter({ hasText: 'open' }).getByRole('rowheader').click()
  await panel('c_7').getByRole('button', { name: 'Close...' }).click()
  const dialog = page.getByRole('dialog', { name: 'Close c_7?' })
  await page.locator('button:focus', { hasText: 'Cancel' }).waitFor()
  await dialog.getByRole('button', { name: 'Close connection' }).click()
  const frame = await doomed.sender.frame()
  t.equal(frame.opcode, OPCODE.close)
  t.equal(frame.payload.readUInt16BE(0), 1011)
  await factIs(page, 'c_7', 'Closed first by', 'the relay, by a Close frame')
  t.match(await connectionsOf(relay), { 0: { id: 'c_7', closedBy: 'relay', code: 1011 } })

  await page.getByRole('searchbox').fill('phase:rejected')
  await page.getByText('1 of 7').waitFor()
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Export JSONL' }).click()
  const lines = (await readFile(await (await download).path(), 'utf8')).trim().split('\n')
  t.match(
    lines.map((line) => JSON.parse(line) as ConnectionRow),
    [{ id: 'c_3', code: 403 }],
  )
  await page.getByRole('searchbox').fill('nothing-like-this')
  await page.getByRole('button', { name: 'Clear filter' }).click()
  await page.getByText('7 of 7').waitFor()
})

test('HTTP requests are listed with status and times, and without secrets', async (t) => {
  const browser = await startBrowser(t)
  if (!browser) return
  const relay = await startRelay(t, { configuration: CONFIGURATION })
  const { page } = await openPage(t, browser, `${relay.adminUrl}/#/requests`)
  await page.getByText('No request has come yet').waitFor()
  const listener = await listenHttp(t, relay, 'open')
  const sent = request({
    port: relay.plainPort,
    method: 'POST',
    path: '/open/hook?x=1&sig=CANARY&sb-hc-token=CANARY',
    headers: { host: 'localhost', 'user-agent': 'curl/8' },
  })
  sent.end('four')
  const answered = once(sent, 'response')
  const offered = (await listener.next()).request
  await page.getByText('waiting').waitFor()
  await page.getByText(/^\d\d s left$/).waitFor()
  listener.answer(offered, { requestId: offered.id, statusCode: 201 }, 'created')
  await answered
  const row = page.getByRole('row').filter({ hasText: '/open/hook' })
  await row.filter({ hasText: '201' }).waitFor()
  t.match(await row.locator('th, td').allInnerTexts(), [
    /^\d\d:\d\d:\d\d\.\d{3}$/,
    'POST',
    'contoso/open',
    '/open/hook?x=1&sig=[redacted]&sb-hc-token=[redacted]',
    /201/,
    /s$/,
    '4 B',
    '7 B',
    'curl/8',
    '127.0.0.1',
    'control channel',
  ])
  await row.getByRole('rowheader').click()
  const timing = page.getByRole('list', { name: 'Timing' })
  await timing.waitFor()
  t.match(await timing.getByRole('listitem').allInnerTexts(), [
    /^pick listener/,
    /^deliver/,
    /^wait for head/,
    /^body/,
  ])
  t.notMatch(await page.content(), 'CANARY')
  const api = await fetch(`${relay.adminUrl}/api/v1/exchanges`)
  t.notMatch(await api.text(), 'CANARY')
})

test('events are told newest first, and are downloaded as they are filtered', async (t) => {
  const browser = await startBrowser(t)
  if (!browser) return
  const relay = await startRelay(t, { configuration: CONFIGURATION })
  await listen(t, relay, 'open', { headers: AGENT })
  await factOf(relay, 'listenerConnected')
  const { feed } = relay.server
  for (let n = 0; n < 1_200; n++) feed.emit({ type: 'settingsChanged', message: `fact ${n}` })
  const { page } = await openPage(t, browser, `${relay.adminUrl}/#/events`)
  const all = `${feed.last.toLocaleString('en')} of ${feed.last.toLocaleString('en')}`
  await page.getByText(all, { exact: true }).waitFor()
  await page.getByRole('row').nth(1).filter({ hasText: 'fact 1199' }).waitFor()
  await page.keyboard.press('p')
  await page.getByText('Paused').first().waitFor()
  feed.emit({ type: 'settingsChanged', message: 'a later fact' })
  await page.getByText(/Paused, [1-9]\d* changes? waits?/).waitFor()
  t.equal(await page.getByText('a later fact').count(), 0)
  await page.keyboard.press('p')
  await page.getByRole('row').filter({ hasText: 'a later fact' }).waitFor()
  const table = page.getByRole('grid', { name: 'Events' })
  await table.focus()
  await page.keyboard.press('End')
  const oldest = page.locator('tr[data-id="1"]')
  const before = await oldest.boundingBox()
  feed.emit({ type: 'settingsChanged', message: 'the last fact' })
  await page.locator(`[role=grid][aria-rowcount="${feed.last + 1}"]`).waitFor()
  t.strictSame(await oldest.boundingBox(), before, 'what is read stays where it is')
  await page.keyboard.press('Home')
  await page.getByRole('row').nth(1).filter({ hasText: 'the last fact' }).waitFor()
  await page.keyboard.press('/')
  await page.keyboard.type('type:listenerConnected')
  await page
    .getByRole('row')
    .filter({ hasText: 'listenerConnected' })
    .getByRole('rowheader')
    .click()
  await page
    .getByRole('complementary')
    .getByText('onprem-1 listens with rule RootManageSharedAccessKey')
    .waitFor()
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Download JSONL' }).click()
  const text = await readFile(await (await download).path(), 'utf8')
  t.strictSame(
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object),
    feed.since(0).filter(({ type }) => type === 'listenerConnected'),
  )
})

function rowOf(page: Page, id: string) {
  return page.locator(`tr[data-id="${id}"]`)
}

/** Waits until the panel of `id` says so. */
async function factIs(page: Page, id: string, name: string, value: string | RegExp) {
  const panel = page.getByRole('complementary', { name: id })
  const fact = panel.locator('.facts > div').filter({ has: page.getByText(name, { exact: true }) })
  const said = fact.locator('dd').getByText(value, { exact: true })
  await said.waitFor()
}
