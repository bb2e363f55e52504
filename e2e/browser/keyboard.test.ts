import type { Locator, Page } from 'playwright-core'
import { test } from 'tap'
import { startRelay, type TestRelay } from '../harness/relay.ts'
import { openPage, startBrowser } from './fixture.ts'
import { callApi, DEFAULT_RULES, endpointMetadata } from './traffic.ts'

/** More steps than any page has controls. */
const MAX_STEPS = 60

// Scenario 23.
test('without a mouse', async (t) => {
  const browser = await startBrowser(t)
  if (!browser) return

  await t.test('a hybrid connection is made, and the dialog gives the focus back', async (t) => {
    const relay = await startRelay(t)
    const { page } = await openPage(t, browser, `${relay.adminUrl}/#/overview`)
    await page.getByText('Feed: live').waitFor()
    await page.keyboard.press('g')
    await page.keyboard.press('n')
    await page.getByRole('heading', { level: 1, name: 'Namespaces' }).waitFor()
    await tabTo(page, page.getByRole('grid').first())
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'local-relay' }).waitFor()

    const opener = page.getByRole('button', { name: 'Create hybrid connection' })
    await tabTo(page, opener)
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog', { name: 'Create hybrid connection' })
    await dialog.waitFor()
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    t.ok(await hasFocus(opener), 'Esc gives the focus back')

    await page.keyboard.press('Enter')
    for (const [label, text] of [
      ['Hybrid Connection name', 'keys'],
      ['Endpoint hostname', 'db.corp.local'],
      ['Endpoint port', '5432'],
    ] as const) {
      await tabTo(page, dialog.getByLabel(label))
      await page.keyboard.type(text)
    }
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'keys' }).waitFor()
    t.match(await callApi(relay, 'GET', '/namespaces/local-relay/hybridConnections/keys'), {
      endpoint: { host: 'db.corp.local', port: 5432 },
    })
  })

  await t.test('hybrid connections are ticked, added and disconnected', async (t) => {
    const relay = await startApp(t)
    const { page } = await openPage(t, browser, `${relay.adminUrl}/#/apps/web`)
    const opener = page.getByRole('button', { name: 'Add hybrid connection' })
    await opener.waitFor()
    await tabTo(page, opener)
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog')
    await tabTo(page, dialog.getByRole('grid').first())
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Space')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Space')
    await tabTo(page, dialog.getByRole('button', { name: 'Add selected Hybrid Connection' }))
    await page.keyboard.press('Enter')
    await page.getByText('2 of 5 used in plan').waitFor()

    await tabTo(page, page.getByRole('grid', { name: 'Hybrid connections' }))
    await page.keyboard.press('Home')
    await page.keyboard.press('Shift+F10')
    const entry = page.getByRole('menuitem', { name: 'Disconnect' })
    await entry.waitFor()
    for (let step = 0; step < MAX_STEPS && !(await hasFocus(entry)); step++) {
      await page.keyboard.press('ArrowDown')
    }
    await page.keyboard.press('Enter')
    await tabTo(page, dialog.getByRole('button', { name: 'Disconnect' }))
    await page.keyboard.press('Enter')
    await page.getByText('1 of 5 used in plan').waitFor()
  })

  await t.test(
    'single keys do nothing in a text field, and nothing once switched off',
    async (t) => {
      const { adminUrl } = await startRelay(t)
      const { page } = await openPage(t, browser, `${adminUrl}/#/listeners`)
      await page.getByRole('heading', { level: 1, name: 'Listeners' }).waitFor()
      await page.keyboard.press('/')
      await page.keyboard.type('gp?')
      t.equal(await page.getByRole('searchbox').inputValue(), 'gp?')
      await page.waitForURL(/#\/listeners\?q=gp/)
      t.equal(await page.getByRole('dialog').count(), 0)
      await page.keyboard.press('Escape')
      await page.keyboard.press('Escape')

      await page.keyboard.press('g')
      await page.keyboard.press('s')
      await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor()
      await tabTo(page, page.getByRole('checkbox', { name: /Single keys/ }))
      await page.keyboard.press('Space')
      await page.keyboard.press('g')
      await page.keyboard.press('n')
      await page.keyboard.press('?')
      t.equal(await page.getByRole('dialog').count(), 0)
      t.match(page.url(), /#\/settings/)
      await page.reload()
      await page.getByText('Feed: live').waitFor()
      await page.keyboard.press('?')
      t.equal(await page.getByRole('dialog').count(), 0, 'it is remembered')
    },
  )
})

/** Presses Tab until `target` has the focus. Throws when it never gets there, or when some focus cannot be seen. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  await target.waitFor()
  for (let step = 0; step < MAX_STEPS; step++) {
    if (await hasFocus(target)) return
    await page.keyboard.press('Tab')
    const hidden = await page.evaluate(() => {
      const element = document.activeElement
      if (!element || element === document.body) return null
      const { outlineStyle, outlineWidth } = getComputedStyle(element)
      const isSeen = outlineStyle !== 'none' && outlineWidth !== '0px'
      return isSeen ? null : element.outerHTML.slice(0, 200)
    })
    if (hidden !== null) throw new Error(`the focus cannot be seen on ${hidden}`)
  }
  throw new Error(`Tab does not lead to ${target.toString()}`)
}

function hasFocus(target: Locator): Promise<boolean> {
  return target.evaluate((element) => element === document.activeElement)
}

async function startApp(t: Parameters<typeof startRelay>[0]): Promise<TestRelay> {
  return startRelay(t, {
    configuration: {
      namespaces: [
        {
          name: 'contoso',
          hybridConnections: ['one', 'two'].map((name) => ({
            name,
            userMetadata: endpointMetadata(`${name}.corp.local:5432`),
            authorizationRules: DEFAULT_RULES,
          })),
        },
      ],
      appService: { plans: [{ name: 'plan1', sku: 'B1' }], apps: [{ name: 'web', plan: 'plan1' }] },
    },
  })
}
