import { test } from 'tap'
import { listen } from '../harness/listener.ts'
import { startRelay } from '../harness/relay.ts'
import { openPage, startBrowser } from './fixture.ts'
import { callApi } from './traffic.ts'

test('settings and usage', async (t) => {
  const browser = await startBrowser(t)
  if (!browser) return

  await t.test(
    'a changed setting holds at once, says until when, and can be set back',
    async (t) => {
      const relay = await startRelay(t, { seed: 7 })
      const { page } = await openPage(t, browser, `${relay.adminUrl}/#/settings`)
      const behaviour = page.getByRole('region', { name: 'Behaviour' })
      await behaviour.getByLabel('Profile').selectOption('2017')
      await behaviour.getByText('until restart').waitFor()
      await behaviour.getByLabel('Quotas').selectOption('loose')
      await behaviour.getByText('until restart').nth(1).waitFor()
      await behaviour.getByRole('textbox', { name: 'Seed' }).fill('seven')
      await behaviour.getByText(/A seed is a whole number/).waitFor()
      t.ok(await behaviour.getByRole('button', { name: 'Set seed' }).isDisabled())
      await behaviour.getByRole('textbox', { name: 'Seed' }).fill('42')
      await behaviour.getByRole('button', { name: 'Set seed' }).click()
      await behaviour.getByText('until restart').nth(2).waitFor()
      t.same(await callApi(relay, 'GET', '/settings'), {
        profile: '2017',
        seed: 42,
        loose: true,
        overridden: ['profile', 'seed', 'loose'],
      })
      t.match(await callApi(relay, 'GET', '/overview'), { profile: '2017', seed: 42, loose: true })
      // Another browser sets it back: this one follows.
      await callApi(relay, 'PATCH', '/settings', { profile: '2025', seed: 7, loose: false })
      await behaviour.getByText('until restart').first().waitFor({ state: 'detached' })
      await page.waitForFunction(
        (input) => (input as HTMLInputElement).value === '7',
        await behaviour.getByRole('textbox', { name: 'Seed' }).elementHandle(),
      )
    },
  )

  await t.test(
    'theme and shortcuts are kept in the browser, and shortcuts off is respected',
    async (t) => {
      const relay = await startRelay(t)
      const { page } = await openPage(t, browser, `${relay.adminUrl}/#/settings`)
      const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
      await page.getByLabel('Light', { exact: true }).check()
      await page.locator('html[data-theme=light]').waitFor()
      const light = await ground()
      await page.getByLabel('Dark', { exact: true }).check()
      await page.locator('html[data-theme=dark]').waitFor()
      t.not(await ground(), light)
      await page.getByLabel(/Single keys act/).uncheck()
      await page.reload()
      await page.getByText('Feed: live').waitFor()
      t.ok(await page.getByLabel('Dark', { exact: true }).isChecked())
      await page.getByRole('heading', { level: 1 }).click()
      await page.keyboard.press('g')
      await page.keyboard.press('o')
      t.match(page.url(), /#\/settings$/)
      await page.getByLabel(/Single keys act/).check()
      await page.getByRole('heading', { level: 1 }).click()
      await page.keyboard.press('g')
      await page.keyboard.press('o')
      await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
    },
  )

  await t.test(
    'the CA, the commands that trust it and the lines of the Azure CLI are those of this emulator',
    async (t) => {
      const relay = await startRelay(t)
      const { page } = await openPage(t, browser, `${relay.adminUrl}/#/settings`)
      const download = page.waitForEvent('download')
      await page.getByRole('link', { name: 'Download CA' }).click()
      t.equal((await download).suggestedFilename(), 'relay-emulator-ca.pem')
      await page.getByText('Node.js').first().click()
      await page.getByText(`export NODE_EXTRA_CA_CERTS=${relay.caFile}`).waitFor()
      await page.getByText(relay.server.ready.arm.url).first().waitFor()
      t.notMatch(await page.content(), new RegExp(secretOf(relay)))
      await page.getByRole('button', { name: 'Copy line that signs in, with the secret' }).click()
      await page.getByText('Copied').waitFor()
      const line = await page.evaluate(() => navigator.clipboard.readText())
      t.match(line, `-p '${secretOf(relay)}' --tenant`)
      const licences = await page.request.get(`${relay.adminUrl}/THIRD-PARTY-LICENSES.txt`)
      t.match(await licences.text(), /preact/)
    },
  )

  await t.test(
    'usage counts listeners as they are billed, and projects by the price that is typed',
    async (t) => {
      const relay = await startRelay(t, {
        configuration: {
          namespaces: [{ hybridConnections: [{ name: 'a' }, { name: 'b' }], name: 'contoso' }],
        },
      })
      for (const path of ['a', 'a', 'b']) await listen(t, relay, path)
      const { page } = await openPage(t, browser, `${relay.adminUrl}/#/usage`)
      await page.getByText('3 listeners x 730 h').waitFor()
      await page.getByLabel(/Price of one listener-hour/).fill('0.01')
      await page.locator('[data-projection]', { hasText: '21.90' }).waitFor()
      t.match(await page.locator('tr[data-id="contoso/a"] td').allInnerTexts(), [
        '2',
        '2',
        /^0\.00/,
        '0 B',
      ])
      await page.reload()
      await page.locator('[data-projection]', { hasText: '21.90' }).waitFor()
    },
  )
})

function secretOf({ server }: Awaited<ReturnType<typeof startRelay>>): string {
  const first = server.identity.principals.find(({ kind }) => kind === 'servicePrincipal')
  return first?.secret ?? ''
}
