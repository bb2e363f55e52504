import type { Page } from 'playwright-core'
import { test } from 'tap'
import { startRelay, type TestRelay } from '../harness/relay.ts'
import { openPage, startBrowser } from './fixture.ts'
import { callApi, DEFAULT_RULES, endpointMetadata, listenAs, tunnel } from './traffic.ts'

const NAMES = ['one', 'two', 'three', 'four', 'five', 'six']
const READER = 'reader@local.test'

// Scenario 5.
test('apps and plans', async (t) => {
  const browser = await startBrowser(t)
  if (!browser) return

  await t.test(
    'several are added at once; what cannot be says why, and leaves again',
    async (t) => {
      const relay = await startApps(t)
      const { page } = await openPage(t, browser, `${relay.adminUrl}/#/apps`)
      const table = page.getByRole('grid', { name: 'Apps' })
      await table.getByText('Not configured').first().waitFor()
      await table.getByRole('link', { name: 'web', exact: true }).click()
      await page.getByText('Hybrid connections: Not configured.').waitFor()

      await page.getByRole('button', { name: 'Add hybrid connection' }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByText('Not eligible (2)').waitFor()
      const refused = dialog.getByRole('table', { name: /cannot be added/ })
      await refused.getByText(/its client authorization is off/).waitFor()
      await refused.getByText(/cannot be used \(not-array\)/).waitFor()
      t.ok(await refused.getByRole('checkbox', { name: 'Select open' }).isDisabled())
      await dialog.getByRole('checkbox', { name: 'Select one' }).click()
      await dialog.getByRole('checkbox', { name: 'Select two' }).click()
      t.notOk(await dialog.getByText(/Another region/).isVisible())
      await dialog.getByRole('checkbox', { name: 'Select far' }).click()
      await dialog.getByText(/Another region than the app's \(westeurope\)/).waitFor()
      await dialog.getByRole('checkbox', { name: 'Select far' }).click()
      await dialog.getByRole('button', { name: 'Add selected Hybrid Connection' }).click()
      await dialog.waitFor({ state: 'detached' })
      await page.getByText('2 of 5 used in plan').waitFor()
      t.same(await attachedTo(relay, 'web'), ['one', 'two'])

      await row(page, 'contoso/one').click({ button: 'right' })
      await page.getByRole('menuitem', { name: 'Disconnect' }).click()
      await dialog.getByText('No tunnel of it is open.').waitFor()
      await dialog.getByRole('button', { name: 'Disconnect' }).click()
      await row(page, 'contoso/one').waitFor({ state: 'detached' })

      const grid = page.getByRole('grid', { name: 'Hybrid connections' })
      await grid.focus()
      await page.keyboard.press('ArrowDown')
      const focusedWith = await watchMenu(page)
      await page.keyboard.press('Shift+F10')
      t.equal(await focusedWith(), 'menuitem', 'no key gets lost while a menu opens')
      await page.keyboard.press('ArrowUp')
      await page.keyboard.press('Enter')
      await dialog.getByRole('heading', { name: 'Disconnect two' }).waitFor()
      await page.keyboard.press('Tab')
      await page.keyboard.press('Enter')
      await page.getByText('Hybrid connections: Not configured.').waitFor()
      t.same(await attachedTo(relay, 'web'), [])
    },
  )

  await t.test('a full plan refuses the sixth, and takes one that counts already', async (t) => {
    const relay = await startApps(t)
    for (const name of NAMES.slice(0, 5)) await attach(relay, 'web', name)
    const { page, forgive } = await openPage(t, browser, `${relay.adminUrl}/#/apps/web/stage`)
    await page.getByText('5 of 5 used in plan').waitFor()
    await page.getByRole('button', { name: 'Add hybrid connection' }).click()
    const dialog = page.getByRole('dialog')
    await dialog
      .getByRole('row', { name: /contoso\/six/ })
      .getByText(/exceed the limit of 5/)
      .waitFor()
    await dialog.getByRole('checkbox', { name: 'Select one' }).click()
    await dialog.getByRole('button', { name: 'Add selected Hybrid Connection' }).click()
    await row(page, 'contoso/one').waitFor()
    await row(page, 'contoso/one').click()
    await page.getByText('1 other app in this plan').waitFor()

    forgive(/409 \(Conflict\)/)
    await page.getByRole('button', { name: 'Create new hybrid connection' }).click()
    await dialog.getByLabel('Hybrid Connection name').fill('seventh')
    await dialog.getByLabel('Endpoint hostname').fill('db.corp.local')
    await dialog.getByLabel('Endpoint port').fill('5432')
    await dialog.getByRole('button', { name: 'Create', exact: true }).click()
    await dialog
      .getByText(
        'Made: hybrid connection seventh, policy defaultListener, policy defaultSender. Not made: its place in web/stage.',
      )
      .waitFor()
    t.same(await attachedTo(relay, 'web?slot=stage'), ['one'])
  })

  await t.test('the details show the gateway connection string on demand only', async (t) => {
    const relay = await startApps(t)
    await attach(relay, 'web', 'one')
    const { page } = await openPage(t, browser, `${relay.adminUrl}/#/apps/web`)
    await row(page, 'contoso/one').click()
    const panel = page.getByRole('complementary', { name: 'Details: one' })
    await panel.getByText('one.corp.local:5432').waitFor()
    t.notMatch(await page.content(), /SharedAccessKey=/)
    await panel.getByRole('button', { name: 'Reveal as in Azure' }).click()
    await panel
      .getByText(/^Endpoint=sb:\/\/contoso\.servicebus\.windows\.net\/;.*EntityPath=one$/)
      .waitFor()
    await panel.getByRole('button', { name: 'Hide as in Azure' }).click()
    t.notMatch(await page.content(), /SharedAccessKey=/)
  })

  await t.test(
    'disconnecting names the tunnels that end; a key is changed for all apps of the plan',
    async (t) => {
      const relay = await startApps(t)
      for (const site of ['web', 'shop']) await attach(relay, site, 'one')
      const listener = await listenAs(t, relay, 'one', 'onprem-1')
      await tunnel(t, relay, listener, { path: 'one', from: 'web' })
      const { page } = await openPage(t, browser, `${relay.adminUrl}/#/apps/web`)
      await row(page, 'contoso/one').getByText('defaultSender, primary').waitFor()
      const dialog = page.getByRole('dialog')
      await page.getByRole('button', { name: 'Actions for one' }).click()
      await page.getByRole('menuitem', { name: 'Use secondary key' }).click()
      await dialog.getByText(/web, shop sign with the secondary key/).waitFor()
      await dialog.getByRole('button', { name: 'Use secondary key' }).click()
      await row(page, 'contoso/one').getByText('defaultSender, secondary').waitFor()
      t.match(await callApi(relay, 'GET', '/apps/shop'), {
        hybridConnections: [{ key: 'secondary' }],
      })

      await page.getByRole('button', { name: 'Actions for one' }).click()
      await page.getByRole('menuitem', { name: 'Disconnect' }).click()
      await dialog.getByText('1 live tunnel ends:').waitFor()
      await dialog.getByText(/c_\w+, 127\.0\.0\.1:\d+ to onprem-1/).waitFor()
      await page.keyboard.press('Escape')
      t.same(await attachedTo(relay, 'web'), ['one'])
    },
  )

  await t.test('a new one is written with its rules; this machine is no endpoint', async (t) => {
    const relay = await startApps(t)
    const { page } = await openPage(t, browser, `${relay.adminUrl}/#/apps/web`)
    await page.getByRole('button', { name: 'Create new hybrid connection' }).click()
    const dialog = page.getByRole('dialog')
    const create = dialog.getByRole('button', { name: 'Create', exact: true })
    await dialog.getByLabel('Hybrid Connection name').fill('fresh')
    await dialog.getByLabel('Endpoint port').fill('6379')
    await dialog.getByLabel('Endpoint hostname').fill('localhost')
    await dialog.getByText(/use a DNS name/).waitFor()
    t.ok(await create.isDisabled())
    await dialog.getByLabel('Endpoint hostname').fill('10.0.0.5')
    await dialog.getByText(/^Warning: /).waitFor()
    await dialog.getByLabel('Endpoint hostname').fill('cache.corp.local')
    await dialog.getByLabel('Service Bus namespace').selectOption('Create new')
    await dialog.getByLabel('Namespace name').fill('fabrikam')
    await create.click()
    await row(page, 'fabrikam/fresh').waitFor()
    const entity = '/namespaces/fabrikam/hybridConnections/fresh'
    t.match(await callApi(relay, 'GET', entity), {
      requiresClientAuthorization: true,
      userMetadata: endpointMetadata('cache.corp.local:6379'),
    })
    t.match(await callApi(relay, 'GET', `${entity}/authorizationRules`), {
      items: [
        { name: 'defaultListener', rights: ['Listen'] },
        { name: 'defaultSender', rights: ['Send'] },
      ],
    })
    t.same(await attachedTo(relay, 'web'), ['fresh'])
  })

  await t.test(
    'a Reader sees them, cannot tick them, and reads which action is missing',
    async (t) => {
      const relay = await startApps(t)
      const { page } = await openPage(t, browser, `${relay.adminUrl}/#/apps/web`)
      await page.getByLabel('View as').selectOption(READER)
      await page.getByRole('button', { name: 'Add hybrid connection' }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByText('No hybrid connection can be added to this app.').waitFor()
      await dialog.getByText(/^Not eligible/).click()
      const one = dialog.getByRole('row', { name: /contoso\/one/ })
      const missing =
        /Microsoft\.Relay\/namespaces\/hybridConnections\/authorizationRules\/listKeys/
      await one.getByText(missing).waitFor()
      t.ok(await one.getByRole('checkbox').isDisabled())
      await page.keyboard.press('Escape')
      await page.getByLabel('View as').selectOption('dev@local.test')
      await page.getByRole('button', { name: 'Add hybrid connection' }).click()
      await dialog.getByRole('checkbox', { name: 'Select one' }).click()
      await dialog.getByRole('checkbox', { name: 'Select one', checked: true }).waitFor()
    },
  )

  await t.test(
    'plans and apps are made here, and another profile shows what would be over',
    async (t) => {
      const relay = await startApps(t)
      const { page } = await openPage(t, browser, `${relay.adminUrl}/#/plans`)
      await page.getByRole('button', { name: 'Create plan' }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByLabel('Name').fill('big')
      await dialog.getByLabel('SKU').fill('P1v3')
      await dialog.getByRole('button', { name: 'Create', exact: true }).click()
      await row(page, 'relay-emulator/big').getByText('0 of 220 per app').waitFor()
      await page.getByLabel('Limits of').selectOption('2017')
      await row(page, 'relay-emulator/big').getByText('0 of 200 per plan').waitFor()
      await page.getByText('no plan would be over its limit').waitFor()
      await page.getByRole('button', { name: 'Use 2017 until restart' }).click()
      await page.getByText('no plan would be over its limit').waitFor({ state: 'detached' })
      t.match(await callApi(relay, 'GET', '/plans/relay-emulator/big'), {
        limit: 200,
        limitPer: 'plan',
      })

      await page.getByRole('link', { name: 'Apps', exact: true }).last().click()
      await page.getByRole('button', { name: 'Create app' }).click()
      await dialog.getByLabel('Name').fill('w')
      await dialog.getByText('A name has 2 to 60 characters.').waitFor()
      await dialog.getByLabel('Name').fill('worker')
      await dialog.getByRole('combobox', { name: /^Plan/ }).selectOption('relay-emulator/big')
      await dialog.getByRole('button', { name: 'Create', exact: true }).click()
      await row(page, 'worker').getByText('0 of 200 per plan').waitFor()
    },
  )
})

function startApps(t: Parameters<typeof startRelay>[0]): Promise<TestRelay> {
  return startRelay(t, {
    configuration: {
      namespaces: [
        {
          name: 'contoso',
          location: 'westeurope',
          hybridConnections: [
            ...NAMES.map((name) => ({
              name,
              userMetadata: endpointMetadata(`${name}.corp.local:5432`),
              authorizationRules: DEFAULT_RULES,
            })),
            { name: 'open', requiresClientAuthorization: false },
            {
              name: 'bad',
              userMetadata: '{"endpoint":"h:1"}',
              authorizationRules: DEFAULT_RULES,
            },
          ],
        },
        {
          name: 'overseas',
          location: 'westus2',
          hybridConnections: [
            {
              name: 'far',
              userMetadata: endpointMetadata('far.corp.local:5432'),
              authorizationRules: DEFAULT_RULES,
            },
          ],
        },
      ],
      identity: { users: [{ name: 'dev@local.test' }, { name: READER, roles: ['Reader'] }] },
    },
  }).then(async (relay) => {
    const plan = { plan: 'plan1', group: 'relay-emulator' }
    await callApi(relay, 'PUT', '/plans/relay-emulator/plan1', {
      sku: 'B1',
      location: 'westeurope',
    })
    await callApi(relay, 'PUT', '/apps/web', plan)
    await callApi(relay, 'PUT', '/apps/web?slot=stage', {})
    await callApi(relay, 'PUT', '/apps/shop', plan)
    return relay
  })
}

function attach(relay: TestRelay, site: string, name: string): Promise<unknown> {
  return callApi(relay, 'PUT', `/apps/${site}/hybridConnections/contoso/${name}`, {})
}

async function attachedTo(relay: TestRelay, site: string): Promise<readonly string[]> {
  const { hybridConnections } = (await callApi(relay, 'GET', `/apps/${site}`)) as {
    hybridConnections: { name: string }[]
  }
  return hybridConnections.map(({ name }) => name)
}

function row(page: Page, id: string) {
  return page.locator(`tr[data-id="${id}"]`)
}

/** Asks the page for the role of what has the focus in the moment in which a menu appears. */
async function watchMenu(page: Page): Promise<() => Promise<string | null>> {
  const seen = await page.evaluateHandle(() => {
    const role = new Promise<string | null>((resolve) => {
      const observer = new MutationObserver(() => {
        if (!document.querySelector('[role=menu]')) return
        observer.disconnect()
        resolve(document.activeElement?.getAttribute('role') ?? null)
      })
      observer.observe(document.body, { childList: true, subtree: true })
    })
    return { role }
  })
  return () => seen.evaluate(({ role }) => role)
}
