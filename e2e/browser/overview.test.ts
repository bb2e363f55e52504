import { readdir, stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { test } from 'tap'
import { openUpgrade } from '../harness/raw-peer.ts'
import { startRelay } from '../harness/relay.ts'
import { openPage, SERVER_GONE, startBrowser } from './fixture.ts'
import {
  callApi,
  connectAs,
  DEFAULT_RULES,
  endByListener,
  endpointMetadata,
  listenAs,
  tunnel,
  waitForTile,
} from './traffic.ts'

const SQL = {
  name: 'sql',
  userMetadata: endpointMetadata('db.corp.local:5432'),
  authorizationRules: DEFAULT_RULES,
}
const WEB = {
  name: 'web',
  userMetadata: endpointMetadata('intranet.corp.local:80'),
  authorizationRules: DEFAULT_RULES,
}

const WORKING = 'Is it working?'
const CONNECTED = 'Who is connected?'
const BREAKS = 'Where does it break?'

test('the overview and the tiles', async (t) => {
  const browser = await startBrowser(t)
  if (!browser) return

  // Scenario 1.
  await t.test(
    'a cold load is small, asks its own server alone, and loads the charts with the overview only',
    async (t) => {
      const { adminUrl } = await startRelay(t)
      const { page } = await openPage(t, browser, `${adminUrl}/#/usage`)
      await page.getByRole('heading', { level: 1, name: 'Usage' }).waitFor()
      t.equal(await countLoaded(page, /uPlot/), 0, 'no charts on other pages')
      await page.getByRole('link', { name: 'Overview' }).click()
      await page.locator('.plot canvas').nth(2).waitFor()
      t.ok((await countLoaded(page, /uPlot/)) > 0, 'charts on the overview')
      const bytes = await gzippedBytes()
      t.ok(bytes > 0 && bytes <= 150_000, `${bytes} B of JavaScript and CSS`)
    },
  )

  // Scenario 2.
  await t.test(
    'the tiles say whether it works, who is there and where it breaks, and clear when it is repaired',
    async (t) => {
      const relay = await startRelay(t, {
        configuration: { namespaces: [{ name: 'contoso', hybridConnections: [SQL] }] },
      })
      const { page, forgive } = await openPage(t, browser, relay.adminUrl)
      await waitForTile(page, WORKING, /Idle.*0 open, 0 new\/s/s)
      await waitForTile(page, CONNECTED, /0 listeners, 0 senders.*Nobody on sql/s)
      await waitForTile(page, BREAKS, /Nothing seen to fail/)

      await connectAs(t, relay, 'sql', 'web')
      await waitForTile(page, WORKING, /Failing/)
      await waitForTile(page, BREAKS, /listener: nobody listens on sql/)

      const listener = await listenAs(t, relay, 'sql', 'onprem-1')
      await waitForTile(page, BREAKS, /Nothing seen to fail/)
      await waitForTile(page, CONNECTED, /1 listener, 0 senders.*Every one has a listener/s)

      const forged = relay.token({ path: 'sql' }).replace(/sig=.{4}/, 'sig=AAAA')
      await connectAs(t, relay, 'sql', 'web', forged)
      await waitForTile(page, BREAKS, /app -> relay: a sender was refused/)
      await page.getByRole('link', { name: /a sender was refused/ }).click()
      await page.getByRole('heading', { level: 1, name: 'Events' }).waitFor()

      const first = await tunnel(t, relay, listener, { path: 'sql', from: 'web' })
      await waitForTile(page, BREAKS, /Nothing seen to fail/)
      await waitForTile(page, WORKING, /Working.*1 open/s)
      await waitForTile(page, CONNECTED, /1 listener, 1 sender/)
      first.rendezvous.send(2, 'rows')
      first.sender.socket.destroy()

      for (let fruitless = 0; fruitless < 3; fruitless++) {
        await endByListener(await tunnel(t, relay, listener, { path: 'sql', from: 'web' }))
      }
      await waitForTile(page, BREAKS, /onprem-1 -> db\.corp\.local:5432: /)

      const { rendezvous, sender } = await tunnel(t, relay, listener, { path: 'sql', from: 'web' })
      rendezvous.send(2, 'rows')
      await sender.frame()
      await endByListener({ rendezvous, sender })
      await waitForTile(page, BREAKS, /Nothing seen to fail/)

      forgive(SERVER_GONE)
      await relay.server.close()
      await waitForTile(page, WORKING, /Not reachable/)
    },
  )

  // Scenario 3.
  await t.test('the map has the nodes and edges of the API, and so has its table', async (t) => {
    const relay = await startRelay(t, {
      configuration: {
        namespaces: [{ name: 'contoso', hybridConnections: [SQL, WEB] }],
        limits: { connectionsPerNamespace: 0 },
      },
    })
    await callApi(relay, 'PUT', '/plans/relay-emulator/plan1', { sku: 'S1' })
    await callApi(relay, 'PUT', '/apps/shop', { plan: 'plan1', group: 'relay-emulator' })
    await callApi(relay, 'PUT', '/apps/shop/hybridConnections/contoso/sql', {})
    const one = await listenAs(t, relay, 'sql', 'onprem-1')
    const two = await listenAs(t, relay, 'sql', 'onprem-2')
    const { page } = await openPage(t, browser, relay.adminUrl)
    const expected = [
      'app:shop hc:contoso/sql',
      'hc:contoso/sql listener:onprem-1',
      'hc:contoso/sql listener:onprem-2',
      'hc:contoso/web none:hc:contoso/web',
      'listener:onprem-1 endpoint:db.corp.local:5432',
      'listener:onprem-2 endpoint:db.corp.local:5432',
    ]
    await page
      .locator('[data-edge]')
      .nth(expected.length - 1)
      .waitFor()
    t.same(await edgesOf(page), expected)
    t.same(await nodesOf(page), [
      'app:shop',
      'endpoint:db.corp.local:5432',
      'hc:contoso/sql',
      'hc:contoso/web',
      'listener:onprem-1',
      'listener:onprem-2',
      'none:hc:contoso/web',
    ])
    const map = page.getByRole('region', { name: 'Topology' })
    await map.getByRole('button', { name: 'Show as table' }).click()
    await map.getByRole('table').waitFor()
    t.same(await edgesOf(page), expected, 'the table is the same')
    await map.getByRole('button', { name: 'Show as table' }).click()

    await page.locator('[data-node="listener:onprem-1"]').waitFor()
    one.socket.terminate()
    await page.locator('[data-node="listener:onprem-1"]').waitFor({ state: 'detached' })
    t.equal(await page.locator('[data-edge="app:shop hc:contoso/sql"]').count(), 1, 'the app stays')

    const senders = Array.from({ length: 500 }, (_each, index) => `sender-${index}`)
    for (const name of senders) {
      await connectAs(t, relay, 'sql', name)
      const { address } = await two.next()
      await openUpgrade(t, relay, address.replace(/^\w+:\/\/[^/]+/, ''))
    }
    await page.getByText('451 more').waitFor()
    t.ok((await page.locator('[data-node^="app:"]').count()) <= 60)
    await page.locator('[data-node="hc:contoso/sql"]').click()
    await page.getByRole('heading', { level: 1, name: 'sql' }).waitFor()
  })

  await t.test('the first steps tick off what happens, and copy commands that work', async (t) => {
    const relay = await startRelay(t, {
      configuration: { namespaces: [{ name: 'contoso', hybridConnections: [SQL] }] },
    })
    const { page } = await openPage(t, browser, relay.adminUrl)
    const steps = page.getByRole('region', { name: 'First steps' })
    await steps.waitFor()
    await steps.getByText('done').first().waitFor()
    t.equal(await steps.getByText('to do').count(), 3, 'the hybrid connection is there')
    await steps.getByRole('button', { name: /^Copy hcm add/ }).click()
    await steps.getByText('Copied').waitFor()
    const copied = await page.evaluate(() => navigator.clipboard.readText())
    t.match(
      copied,
      /^hcm add "Endpoint=sb:\/\/.*SharedAccessKeyName=defaultListener;.*EntityPath=sql"$/,
    )
    t.notMatch(await page.content(), /SharedAccessKey=/, 'nothing of it stays in the page')
    const listener = await listenAs(t, relay, 'sql', 'onprem-1')
    await steps.getByText('done').nth(1).waitFor()
    await tunnel(t, relay, listener, { path: 'sql', from: 'web' })
    await steps.waitFor({ state: 'detached' })
  })

  await t.test('every chart shows the same as a table', async (t) => {
    const relay = await startRelay(t)
    const { page } = await openPage(t, browser, relay.adminUrl)
    for (const title of ['Bytes', 'Connects and refusals', 'Tunnels and listeners']) {
      const chart = page.getByRole('region', { name: title, exact: true })
      await chart.getByRole('button', { name: /Show as table/ }).click()
      await chart.getByRole('table', { name: title }).getByRole('row').nth(1).waitFor()
      t.equal(await chart.locator('canvas').count(), 0)
    }
  })
})

async function edgesOf(page: Page): Promise<readonly string[]> {
  const edges = await page
    .locator('[data-edge]')
    .evaluateAll((elements) => elements.map((element) => element.getAttribute('data-edge') ?? ''))
  return edges.toSorted()
}

async function nodesOf(page: Page): Promise<readonly string[]> {
  const nodes = await page
    .locator('[data-node]')
    .evaluateAll((elements) => elements.map((element) => element.getAttribute('data-node') ?? ''))
  return nodes.toSorted()
}

async function countLoaded(page: Page, name: RegExp): Promise<number> {
  const names = await page.evaluate(() =>
    performance.getEntriesByType('resource').map((entry) => entry.name),
  )
  return names.filter((each) => name.test(each)).length
}

/** All scripts and style sheets of the page, as they go over the wire. */
async function gzippedBytes(): Promise<number> {
  const folder = fileURLToPath(new URL('../../dist/ui/dashboard/assets/', import.meta.url))
  const files = (await readdir(folder)).filter((name) => /\.(?:js|css)\.gz$/.test(name))
  const sizes = await Promise.all(files.map(async (name) => (await stat(folder + name)).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}
