import { test } from 'tap'
import { startRelay } from '../harness/relay.ts'
import { goTo, lookAt, PATIENT, placesOf, startBusyRelay } from './axe.ts'
import { openPage, startBrowser } from './fixture.ts'

/** Dialogs and panels: where, and what is clicked one after the other. */
const OPENED: readonly (readonly [place: string, ...clicks: readonly Click[]])[] = [
  ['overview', { role: 'button', name: 'Keys' }],
  ['overview', { role: 'button', name: 'Show as table' }],
  ['apps', { role: 'button', name: 'Create app' }],
  ['plans', { role: 'button', name: 'Create plan' }],
  ['plans', { row: 'relay-emulator/plan1' }],
  ['apps/web', { row: 'contoso/sql' }],
  ['apps/web', { role: 'button', name: 'Add hybrid connection' }],
  ['apps/web', { role: 'button', name: 'Create new hybrid connection' }],
  [
    'apps/web',
    { role: 'button', name: 'Actions for sql' },
    { role: 'menuitem', name: 'Disconnect' },
  ],
  ['namespaces', { role: 'button', name: 'Create namespace' }],
  ['ns/contoso', { role: 'button', name: 'Create hybrid connection' }],
]

type Click =
  { readonly role: 'button' | 'menuitem'; readonly name: string } | { readonly row: string }

// Scenario 24.
test('no empty page, dialog or panel has a fault of accessibility', PATIENT, async (t) => {
  const browser = await startBrowser(t)
  if (!browser) return

  await t.test('empty', PATIENT, async (t) => {
    const relay = await startRelay(t, {
      configuration: { namespaces: [{ name: 'contoso', hybridConnections: [] }] },
    })
    const { page } = await openPage(t, browser, relay.adminUrl)
    for (const place of [...(await placesOf(page)), 'plans', 'apps/none', 'ns/contoso']) {
      await goTo(page, place)
      await lookAt(t, page, `empty ${place}`)
    }
    await goTo(page, 'listeners?q=nothing-like-this')
    await lookAt(t, page, 'filtered empty')
  })

  await t.test('dialogs and panels', PATIENT, async (t) => {
    const relay = await startBusyRelay(t)
    const { page } = await openPage(t, browser, relay.adminUrl)
    for (const [place, ...clicks] of OPENED) {
      await goTo(page, place)
      for (const click of clicks) {
        const target =
          'row' in click
            ? page.locator(`tr[data-id="${click.row}"]`)
            : page.getByRole(click.role, { name: click.name, exact: true })
        await target.first().click()
      }
      const last = clicks.at(-1)
      const name = last && 'row' in last ? last.row : last?.name
      await lookAt(t, page, `opened ${place} ${name}`)
      await page.keyboard.press('Escape')
    }
  })

  await t.test('paused, lost, restarted, not let in', PATIENT, async (t) => {
    const configuration = {
      namespaces: [{ name: 'contoso', hybridConnections: [{ name: 'sql' }] }],
    }
    const relay = await startRelay(t, { configuration })
    const { page, forgive } = await openPage(t, browser, `${relay.adminUrl}/#/namespaces`)
    await page.getByText('Feed: live').waitFor()
    await page.keyboard.press('p')
    await page.getByText(/Paused, \d+ changes wait/).waitFor()
    await lookAt(t, page, 'paused')
    await page.keyboard.press('p')
    forgive(/WebSocket connection to .* failed|Failed to load resource/)
    await relay.server.close()
    await page.getByText(/Reconnecting, since/).waitFor()
    await lookAt(t, page, 'feed lost')
    await startRelay(t, { configuration, adminPort: Number(new URL(relay.adminUrl).port) })
    await page.getByText(/was restarted at/).waitFor()
    await lookAt(t, page, 'restarted')

    const locked = await startRelay(t, { configuration: { admin: { token: 'of-the-admin' } } })
    const outside = await openPage(t, browser, locked.adminUrl)
    outside.forgive(/401/)
    await outside.page.getByLabel('Admin token').fill('wrong')
    await outside.page.getByRole('button', { name: 'Sign in' }).click()
    await outside.page.getByText('the admin token is wrong').waitFor()
    await lookAt(t, outside.page, 'not let in')
  })
})
