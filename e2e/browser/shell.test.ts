import { test } from 'tap'
import { startRelay } from '../harness/relay.ts'
import { openPage, SERVER_GONE, startBrowser } from './fixture.ts'

test('every page of the dashboard can be gone to, and none makes the browser complain', async (t) => {
  const browser = await startBrowser(t)
  if (!browser) return
  const { adminUrl } = await startRelay(t)
  const { page } = await openPage(t, browser, adminUrl)
  await page.getByText('Feed: live').waitFor()
  for (const link of await page
    .getByRole('navigation', { name: 'Pages' })
    .getByRole('link')
    .all()) {
    const title = await link.innerText()
    await link.click()
    await page.locator('h1:focus', { hasText: title }).waitFor()
  }
  await page.keyboard.press('g')
  await page.keyboard.press('n')
  await page.getByRole('heading', { level: 1, name: 'Namespaces' }).waitFor()
  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Keys' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
})

/** Pages by their addresses, each with what can be done there. */
const ACTIONS = [
  ['#/namespaces', 'Create namespace'],
  ['#/ns/contoso', 'Create hybrid connection'],
  ['#/hc/contoso/one', 'Delete'],
  ['#/hc/contoso/one/policies', 'Add policy'],
  ['#/apps', 'Create app'],
  ['#/plans', 'Create plan'],
] as const

test('while the feed is lost the last data stay, and nothing can be done with them', async (t) => {
  const browser = await startBrowser(t)
  if (!browser) return
  const { adminUrl, server } = await startRelay(t, {
    configuration: {
      namespaces: [{ name: 'contoso', hybridConnections: [{ name: 'one' }] }],
      appService: { plans: [{ name: 'plan1', sku: 'B1' }] },
    },
  })
  const { page, forgive } = await openPage(t, browser, adminUrl)
  await page.getByText('Feed: live').waitFor()
  const goTo = async ([address, action]: (typeof ACTIONS)[number]) => {
    await page.evaluate((hash) => location.assign(hash), address)
    const button = page.getByRole('button', { name: action, exact: true })
    await button.waitFor()
    return button
  }
  for (const place of ACTIONS) t.ok(await (await goTo(place)).isEnabled(), place.join(' '))

  forgive(SERVER_GONE)
  await server.close()
  await page.getByText(/Reconnecting, since \d\d:\d\d:\d\d/).waitFor()
  for (const place of ACTIONS) t.ok(await (await goTo(place)).isDisabled(), place.join(' '))
  await page.evaluate(() => location.assign('#/namespaces'))
  await page.getByRole('grid').getByText('contoso').waitFor()
  await page.getByText('Not reachable').waitFor()
})
