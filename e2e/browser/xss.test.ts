import { once } from 'node:events'
import type { Page } from 'playwright-core'
import { test } from 'tap'
import WebSocket from 'ws'
import { callAdmin, factOf, factsOf } from '../harness/facts.ts'
import { listen } from '../harness/listener.ts'
import { startRelay } from '../harness/relay.ts'
import { openPage, startBrowser } from './fixture.ts'

const RUN = 'document.documentElement.dataset.ran=1'
/** Texts that a page which takes data for markup would run, or show otherwise than they are. */
const MARKUP = `<img src=x onerror="${RUN}"><script>${RUN}</script>`
const LINK = `javascript:${RUN}`
/** Right to left, and NUL: what neither a header nor a name can hold, but a text can. */
const TURNED = 'a\u202Eb\u0000c\u2028d'
const METADATA = JSON.stringify([
  { key: 'endpoint', value: 'db:1' },
  { key: MARKUP, value: LINK },
  { key: TURNED, value: '"><svg onload=alert(1)>' },
])

test('nothing that peers and people write is run, and all of it is shown as it is', async (t) => {
  const browser = await startBrowser(t)
  if (!browser) return
  const relay = await startRelay(t, {
    configuration: {
      namespaces: [
        {
          name: 'contoso',
          location: MARKUP,
          hybridConnections: [
            { name: 'open', requiresClientAuthorization: false, userMetadata: METADATA },
          ],
        },
      ],
    },
  })
  const listener = await listen(t, relay, 'open', {
    headers: {
      'User-Agent': LINK,
      'Relay-User-Agent': `relay-emulator-hcm/1.0 (${MARKUP.replaceAll(/[()]/g, '')})`,
    },
  })
  const connect = (path: string) => {
    const url = `ws://localhost:${relay.plainPort}/$hc/${path}?sb-hc-action=connect`
    const socket = new WebSocket(url, { headers: { 'User-Agent': MARKUP, 'X-Note': LINK } })
    t.teardown(() => socket.terminate())
    socket.on('error', () => {})
    return socket
  }
  connect('open')
  const refusal = `&sb-hc-statusCode=418&sb-hc-statusDescription=${encodeURIComponent(MARKUP)}`
  await listener.reject(refusal)
  await factOf(relay, 'rejected')
  const closed = connect('open')
  const rendezvous = await listener.join()
  if (closed.readyState !== closed.OPEN) await once(closed, 'open')
  closed.close(1000, MARKUP.slice(0, 80))
  await rendezvous.head()
  const { payload } = await rendezvous.frame()
  rendezvous.send(8, payload)
  await factsOf(relay, 'connectionClosed', 1)
  connect(encodeURIComponent(MARKUP))
  await factOf(relay, 'senderRefused')
  const leave = new AbortController()
  const request = fetch(
    `http://localhost:${relay.plainPort}/open/${encodeURIComponent(MARKUP)}?q=${encodeURIComponent(LINK)}`,
    { headers: { 'User-Agent': MARKUP }, signal: leave.signal },
  )
  await factOf(relay, 'requestReceived')
  leave.abort()
  await request.catch(() => {})

  const { page } = await openPage(t, browser, `${relay.adminUrl}/#/namespaces`)
  await page.getByText('Feed: live').waitFor()
  const open = (path: string, q = '') => goTo(page, path, q)
  await open('namespaces')
  await page.getByText(MARKUP, { exact: true }).waitFor()

  await open('hc/contoso/open/properties')
  t.equal(await page.getByLabel('Key 2').inputValue(), MARKUP)
  t.equal(await page.getByLabel('Value 2').inputValue(), LINK)
  t.equal(await page.getByLabel('Key 3').inputValue(), TURNED)
  await page.getByRole('tab', { name: 'Raw' }).click()
  t.equal(await page.getByLabel('Stored text').inputValue(), METADATA)
  await open('hc/contoso/open')
  await page.getByText('Connected (1 listener)').waitFor()

  await open('listeners')
  await page.getByText(LINK, { exact: true }).waitFor()
  await page.getByRole('row').nth(1).getByRole('rowheader').click()
  await page.getByRole('complementary').waitFor()
  await untouched(t, page, 'listeners')

  await open('connections')
  await page.getByText(MARKUP.slice(0, 80)).first().waitFor()
  for (const row of await page.getByRole('row').filter({ hasText: 'contoso/' }).all()) {
    await row.getByRole('rowheader').click()
    await page.getByRole('complementary').waitFor()
    await untouched(t, page, 'connections')
  }

  await open('events')
  await page.getByText(MARKUP, { exact: false }).first().waitFor()
  for (const path of [
    'overview',
    'requests',
    'apps',
    'usage',
    'settings',
    'ns/contoso/networking',
  ]) {
    await open(path)
    await untouched(t, page, path)
  }
  for (const path of ['namespaces', 'listeners', 'connections', 'events', 'ns/contoso']) {
    await open(path, MARKUP)
    t.equal(await page.getByRole('searchbox', { name: 'Filter' }).inputValue(), MARKUP, path)
    await untouched(t, page, path)
  }
  await open(`ns/${encodeURIComponent(MARKUP)}`)
  await page.getByText(`There is no namespace ${MARKUP}.`).waitFor()
  await open(`hc/contoso/${encodeURIComponent(LINK)}/policies`)
  await page.getByText(`There is no hybrid connection ${LINK}.`).waitFor()
  await untouched(t, page, 'what is not there')

  for (const path of [MARKUP, LINK, TURNED, '\u202Eevil']) {
    const name = encodeURIComponent(path)
    await t.rejects(callAdmin(relay, 'PUT', `namespaces/${name}`, {}), { message: /400/ })
    const rule = `namespaces/contoso/authorizationRules/${name}`
    await t.rejects(callAdmin(relay, 'PUT', rule, { rights: ['Send'] }), { message: /400/ })
  }
})

async function goTo(page: Page, path: string, q: string): Promise<void> {
  await page.evaluate(
    (next) => {
      location.hash = next
    },
    `#/${path}${q === '' ? '' : `?${new URLSearchParams({ q })}`}`,
  )
  await page.locator('#main h1').waitFor()
}

/** Nothing was run, and no element was made of data. */
async function untouched(
  t: { same(a: unknown, b: unknown, m: string): boolean },
  page: Page,
  where: string,
) {
  const made = await page.evaluate(() => ({
    ran: document.documentElement.dataset['ran'] ?? null,
    images: document.querySelectorAll('main img, main script, main iframe, main [onload]').length,
    links: [...document.querySelectorAll('a')]
      .map((link) => new URL(link.getAttribute('href') ?? '', location.href).protocol)
      .filter((protocol) => !['http:', 'https:'].includes(protocol)),
  }))
  t.same(made, { ran: null, images: 0, links: [] }, where)
}
