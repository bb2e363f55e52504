import type { Locator, Page } from 'playwright-core'
import { test } from 'tap'
import { createSender } from '../../client/index.ts'
import { answerOf, startAgent, startEndpoint } from '../harness/agent.ts'
import { callAdmin, factOf } from '../harness/facts.ts'
import { listen } from '../harness/listener.ts'
import { openUpgrade } from '../harness/raw-peer.ts'
import { startRelay, type TestRelay } from '../harness/relay.ts'
import { openPage, startBrowser } from './fixture.ts'

/** The sample of Microsoft's page: a quote is missing. */
const SAMPLE = '[{"key": "endpoint", "value : "host:1"}]'
const NETWORK = 'namespaces/contoso/networkRules'

test('a hybrid connection that was made here carries an agent and its bytes', async (t) => {
  const browser = await startBrowser(t)
  if (!browser) return
  const relay = await startRelay(t)
  const echo = await startEndpoint(t, (socket) => void socket.pipe(socket))
  const { page, forgive } = await openPage(t, browser, `${relay.adminUrl}/#/namespaces`)

  await page.getByRole('button', { name: 'Create namespace' }).click()
  const first = page.getByRole('dialog', { name: 'Create namespace' })
  await first.getByLabel('Name', { exact: true }).fill('9x')
  await first.getByText('6 to 50 characters').waitFor()
  t.ok(
    await first.getByRole('button', { name: 'Create' }).isDisabled(),
    'a bad name cannot be sent',
  )
  await first.getByLabel('Name', { exact: true }).fill('fabrikam')
  await first.getByRole('button', { name: 'Create' }).click()
  await page.getByRole('row').filter({ hasText: 'fabrikam' }).getByRole('link').click()
  await page.getByRole('heading', { level: 1, name: 'fabrikam' }).waitFor()
  await page.getByText('fabrikam has no hybrid connection.').waitFor()
  t.match(await page.locator('pre').innerText(), /- name: fabrikam/)

  await page.getByRole('link', { name: 'Namespaces' }).first().click()
  await page.getByRole('link', { name: 'local-relay' }).click()
  await page.getByRole('button', { name: 'Create hybrid connection' }).click()
  const dialog = page.getByRole('dialog', { name: 'Create hybrid connection' })
  await dialog.getByLabel('Hybrid Connection name').fill('DEMO')
  await dialog.getByText('There is a hybrid connection DEMO already.').waitFor()
  await dialog.getByLabel('Hybrid Connection name').fill('sql')
  await dialog.getByLabel('Endpoint hostname').fill('127.0.0.1')
  await dialog.getByLabel('Endpoint port').fill('70000')
  await dialog.getByText('a port from 1 to 65535').waitFor()
  await dialog.getByLabel('Endpoint port').fill(String(echo))
  await dialog.getByRole('button', { name: 'Create' }).click()
  await page.getByRole('heading', { level: 1, name: 'sql' }).waitFor()
  t.match(await entityOf(relay, 'local-relay', 'sql'), {
    requiresClientAuthorization: true,
    userMetadata: `[{"key":"endpoint","value":"127.0.0.1:${echo}"}]`,
    origin: 'runtime',
  })
  t.match(
    await callAdmin(
      relay,
      'GET',
      'namespaces/local-relay/hybridConnections/sql/authorizationRules',
    ),
    {
      items: [
        { name: 'defaultListener', rights: ['Listen'] },
        { name: 'defaultSender', rights: ['Send'] },
      ],
    },
  )

  const agent = await startAgent(t, relay)
  await agent.add(await copiedString(page, 'listen'))
  await page.getByText('Connected (1 listener)').waitFor()
  await page.getByText('1 of 25').waitFor()
  const sender = createSender({
    connectionString: await copiedString(page, 'send'),
    ca: relay.caPem,
  })
  t.teardown(() => sender.close())
  t.equal(await answerOf(sender, 'hello'), 'hello')
  await metric(page, 'SenderConnections-Success').getByText('1', { exact: true }).waitFor()

  await page.getByRole('button', { name: 'Delete' }).click()
  const leaving = page.getByRole('dialog', { name: 'Delete hybrid connection sql?' })
  await leaving.getByText('1 listener will be closed with 1001').waitFor()
  const sure = leaving.getByRole('button', { name: 'Delete' })
  t.ok(await sure.isDisabled(), 'the name has to be typed while somebody listens')
  await leaving.getByLabel('Type sql to confirm').fill('sql')
  // The page may ask for metrics once more before it hears that there is nothing any more.
  forgive(/404/)
  await sure.click()
  await page.getByRole('heading', { level: 1, name: 'local-relay' }).waitFor()
  await page.goBack()
  await page.getByText(/This hybrid connection was deleted at \d\d:\d\d:\d\d\./).waitFor()
})

test('metadata is judged while it is written, and stored as it was written', async (t) => {
  const browser = await startBrowser(t)
  if (!browser) return
  const relay = await startContoso(t, [{ name: 'sql', userMetadata: '' }])
  const { page } = await openPage(t, browser, `${relay.adminUrl}/#/hc/contoso/sql/properties`)
  const linter = page.getByRole('status', { name: 'Linter' })
  const save = page.getByRole('button', { name: 'Save changes' })
  await linter.getByText('no-endpoint').waitFor()
  t.ok(await save.isDisabled(), 'there is nothing to be saved')
  await page.getByText('cannot be changed').waitFor()

  await page.getByRole('tab', { name: 'Raw' }).click()
  const raw = page.getByLabel('Stored text')
  await raw.fill(SAMPLE)
  await linter.getByText('doc-sample').waitFor()
  await linter.getByText('(line 1, column 31)').waitFor()
  await page.getByText('Stored text (40 of 1,024 characters)').waitFor()
  await save.click()
  await page.waitForFunction(() =>
    [...document.querySelectorAll('button')].some(
      (button) => button.textContent === 'Save changes' && button.disabled,
    ),
  )
  t.match(await entityOf(relay, 'contoso', 'sql'), { userMetadata: SAMPLE })

  await callAdmin(relay, 'PUT', 'plans/rg1/plan1', { sku: 'S1' })
  await callAdmin(relay, 'PUT', 'apps/web', { plan: 'plan1', group: 'rg1' })
  await t.rejects(callAdmin(relay, 'PUT', 'apps/web/hybridConnections/contoso/sql', {}), {
    message: /RELAY_NOT_ELIGIBLE/,
  })

  await linter.getByRole('button', { name: 'Fix doc-sample' }).click()
  await linter.getByText('Usable: the endpoint is host:1').waitFor()
  t.same(JSON.parse(await raw.inputValue()), [{ key: 'endpoint', value: 'host:1' }])
  await page.getByRole('tab', { name: 'Grid' }).click()
  t.equal(await page.getByLabel('Value 1').inputValue(), 'host:1')
  await page.getByRole('button', { name: 'Add row' }).click()
  await page.getByLabel('Key 2').fill('note')
  await page.getByLabel('Value 2').fill('x')
  await page.getByRole('button', { name: 'Move row 2 up' }).click()
  await page.getByLabel('Value 2').fill('localhost:1')
  await linter.getByText('fails on Linux').waitFor()
  await save.click()
  await page.waitForFunction(() =>
    [...document.querySelectorAll('button')].some(
      (button) => button.textContent === 'Save changes' && button.disabled,
    ),
  )
  t.match(await entityOf(relay, 'contoso', 'sql'), {
    userMetadata: '[{"key":"note","value":"x"},{"key":"endpoint","value":"localhost:1"}]',
  })
  const listed = { userMetadata: '[{"key":"endpoint","value":"elsewhere:2"}]' }
  await callAdmin(relay, 'PUT', 'namespaces/contoso/hybridConnections/sql', listed)
  await linter.getByText('the endpoint is elsewhere:2').waitFor()
})

test('a rule that refuses a sender is seen by it, counted, and found', async (t) => {
  const browser = await startBrowser(t)
  if (!browser) return
  const relay = await startContoso(t, [{ name: 'open', requiresClientAuthorization: false }])
  const { page } = await openPage(t, browser, `${relay.adminUrl}/#/ns/contoso/networking`)
  await page.getByText('No rule: the default action decides.').waitFor()
  await page.getByRole('button', { name: 'Add rule' }).click()
  await page.getByLabel('Address or range 1').fill('10.0.0.0/8')
  await page.getByRole('button', { name: 'Save changes' }).click()
  await page.getByText('The network rules were saved').waitFor({ state: 'attached' })
  t.equal(await page.getByRole('dialog').count(), 0, 'nobody is shut out, nobody is asked')
  await page.getByLabel('Address', { exact: true }).fill('10.9.9.9')
  await page.getByRole('button', { name: 'Test' }).click()
  await page.getByText('10.9.9.9 is let in: rule 10.0.0.0/8 Allow decides').waitFor()

  const listener = await listen(t, relay, 'open', {
    headers: { 'Relay-User-Agent': 'relay-emulator-hcm/1.0 (onprem-1)' },
  })
  await page.getByText('1 listener', { exact: false }).first().waitFor()
  await page.getByLabel('Address or range 1').fill('127.0.0.0/8')
  await page.getByLabel('Action 1').selectOption('Deny')
  await page.getByRole('button', { name: 'Save changes' }).click()
  const dialog = page.getByRole('dialog', { name: 'Refuse who connects now?' })
  const named = dialog.getByRole('listitem')
  t.equal(
    await named.innerText(),
    '127.0.0.1: programs on this machine, listener onprem-1 of contoso/open',
  )
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  t.match(await callAdmin(relay, 'GET', NETWORK), { ipRules: [{ ipMask: '10.0.0.0/8' }] })
  await page.getByRole('button', { name: 'Save changes' }).click()
  await dialog.getByRole('button', { name: 'Save changes' }).click()
  await dialog.waitFor({ state: 'detached' })

  const sender = await openUpgrade(t, relay, '/$hc/open?sb-hc-action=connect')
  t.match(await sender.head(), { status: 401, reason: /Ip has been prevented/ })
  await factOf(relay, 'ipBlocked')
  await page.getByRole('cell', { name: '1', exact: true }).waitFor()
  t.match(await callAdmin(relay, 'GET', NETWORK), { ipRules: [{ action: 'Deny', hits: 1 }] })
  await page
    .getByRole('region', { name: 'State of the relay' })
    .getByText("a rule of the namespace's network turned a sender away")
    .waitFor()
  t.equal(listener.socket.readyState, listener.socket.OPEN, 'who is connected stays')
})

/** A namespace `contoso` of a configuration file with these hybrid connections. */
function startContoso(t: Parameters<typeof startRelay>[0], hybridConnections: readonly object[]) {
  return startRelay(t, { configuration: { namespaces: [{ name: 'contoso', hybridConnections }] } })
}

function entityOf(relay: TestRelay, namespace: string, name: string): Promise<unknown> {
  return callAdmin(relay, 'GET', `namespaces/${namespace}/hybridConnections/${name}`)
}

/** What the clipboard holds after a click on Copy. */
async function copiedString(page: Page, what: 'listen' | 'send'): Promise<string> {
  const name = `Copy connection string to ${what}, This emulator`
  const row = page.getByRole('row').filter({ has: page.getByRole('button', { name }) })
  await row.getByRole('button', { name }).click()
  await row.getByText('Copied').waitFor()
  return page.evaluate(() => navigator.clipboard.readText())
}

function metric(page: Page, name: string): Locator {
  return page.getByRole('listitem').filter({ hasText: name })
}
