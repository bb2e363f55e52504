import { test } from 'tap'
import { startRelay } from '../harness/relay.ts'
import { openPage, startBrowser } from './fixture.ts'

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
    const heading = page.getByRole('heading', { level: 1, name: title })
    await heading.waitFor()
    t.ok(await heading.evaluate((element) => element === document.activeElement), title)
  }
  await page.keyboard.press('g')
  await page.keyboard.press('n')
  await page.getByRole('heading', { level: 1, name: 'Namespaces' }).waitFor()
  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Keys' }).waitFor()
  await page.keyboard.press('Escape')
  t.equal(await page.getByRole('dialog').count(), 0)
})
