import type { Page } from 'playwright-core'
import { test } from 'tap'
import { mintSasToken } from '../../protocol/sas.ts'
import { callAdmin } from '../harness/facts.ts'
import { listen } from '../harness/listener.ts'
import { openUpgrade } from '../harness/raw-peer.ts'
import { startRelay, type TestRelay } from '../harness/relay.ts'
import { openPage, startBrowser } from './fixture.ts'

const KEYS = {
  primaryKey: 'canary-primary-key-0123456789abcdef=',
  secondaryKey: 'canary-secondary-key-0123456789abcd=',
}
const CONFIGURATION = {
  namespaces: [
    {
      name: 'contoso',
      authorizationRules: [{ name: 'shared', rights: ['Listen', 'Send'], ...KEYS }],
      hybridConnections: [
        {
          name: 'sql',
          authorizationRules: [
            { name: 'defaultListener', rights: ['Listen'], ...KEYS },
            { name: 'defaultSender', rights: ['Send'], ...KEYS },
          ],
        },
        { name: 'web' },
      ],
    },
  ],
}

test('a key is nowhere before it is revealed, and gone again after a minute', async (t) => {
  const browser = await startBrowser(t)
  if (!browser) return
  const relay = await startRelay(t, { configuration: CONFIGURATION })
  const { page } = await openPage(t, browser, `${relay.adminUrl}/#/hc/contoso/sql`)
  const seen = recordTraffic(page)
  await page.reload()
  for (const hash of [
    '#/overview',
    '#/ns/contoso/policies?rule=shared',
    '#/events',
    '#/hc/contoso/sql',
    '#/hc/contoso/sql/policies?rule=defaultListener',
  ]) {
    await page.evaluate((next) => {
      location.hash = next
    }, hash)
    await page.getByRole('heading', { level: 1 }).waitFor()
    seen.push(await page.locator('body').innerText())
  }
  const panel = page.getByRole('complementary', { name: 'Policy defaultListener' })
  await panel.waitFor()
  const live = await callAdmin(relay, 'GET', 'listeners')
  seen.push(JSON.stringify(live), JSON.stringify(relay.server.feed.since(0)), page.url())
  t.notOk(
    seen.some((text) => text.includes('canary')),
    'no key before it is asked for',
  )
  t.ok(
    seen.some((text) => text.includes('defaultListener')),
    'the traffic was recorded',
  )

  await panel.getByRole('button', { name: 'Copy Primary key' }).click()
  await panel.getByText('Copied').waitFor()
  t.equal(await page.evaluate(() => navigator.clipboard.readText()), KEYS.primaryKey)
  t.notMatch(await page.locator('body').innerText(), /canary/, 'a copy reveals nothing')

  await panel.getByRole('button', { name: 'Reveal Secondary key' }).click()
  await panel.getByText(KEYS.secondaryKey, { exact: true }).waitFor()
  await page.getByRole('link', { name: 'Properties' }).click()
  await page.getByRole('heading', { level: 1, name: 'sql | Properties' }).waitFor()
  await page.goBack()
  await panel.getByRole('button', { name: 'Reveal Secondary key' }).waitFor()
  t.notMatch(await page.locator('body').innerText(), /canary/, 'it is hidden when the page is left')

  await page.clock.install()
  await panel.getByRole('button', { name: 'Reveal Primary key' }).click()
  await panel.getByText(KEYS.primaryKey, { exact: true }).waitFor()
  t.notMatch(await page.locator('body').innerText(), /canary-secondary/, 'the other stays hidden')
  await page.clock.fastForward(61_000)
  await panel.getByRole('button', { name: 'Reveal Primary key' }).waitFor()
  t.notMatch(await page.locator('body').innerText(), /canary/)
  t.match(
    relay.server.feed.since(0).filter(({ type }) => type === 'keysListed'),
    [{ hybridConnection: 'sql', message: /defaultListener/ }, {}, {}],
  )
})

test('a regenerated key refuses old tokens, and a live listener stays', async (t) => {
  const browser = await startBrowser(t)
  if (!browser) return
  const relay = await startRelay(t, { configuration: CONFIGURATION })
  const old = relay.token({ path: 'sql', rule: 'defaultListener', entity: 'sql' })
  const listener = await listen(t, relay, 'sql', { token: old })
  const { page } = await openPage(
    t,
    browser,
    `${relay.adminUrl}/#/hc/contoso/sql/policies?rule=defaultListener`,
  )
  const panel = page.getByRole('complementary', { name: 'Policy defaultListener' })
  await panel.getByText('used by 1 live listener').waitFor()
  await panel.getByRole('button', { name: 'Reveal Primary key' }).click()
  await panel.getByText(KEYS.primaryKey, { exact: true }).waitFor()
  await panel.getByRole('button', { name: 'Regenerate primary key' }).click()
  const dialog = page.getByRole('dialog', { name: 'Regenerate the primary key' })
  await dialog
    .getByText(
      'New tokens signed with the old key fail at once. 1 listener stays until its next renewal.',
    )
    .waitFor()
  await page.locator('button:focus', { hasText: 'Cancel' }).waitFor()
  await dialog.getByRole('button', { name: 'Regenerate primary key' }).click()
  await dialog.waitFor({ state: 'detached' })
  t.notMatch(await page.locator('body').innerText(), /canary/, 'the old key is not shown further')
  t.equal(await statusOf(t, relay, 'sql', 'listen', old), 401)
  t.equal(listener.socket.readyState, listener.socket.OPEN)

  await panel.getByRole('button', { name: 'Change claims' }).click()
  const claims = page.getByRole('dialog', { name: 'Claims of defaultListener' })
  await claims.getByLabel('Manage').check()
  t.ok(await claims.getByLabel('Send').isChecked(), 'Manage ticks the others')
  t.ok(await claims.getByLabel('Send').isDisabled(), 'and locks them')
  await claims.getByRole('button', { name: 'Cancel' }).click()
  await panel.getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await panel.waitFor({ state: 'detached' })
  const row = page.getByRole('row').filter({ hasText: 'defaultListener' })
  await row.waitFor({ state: 'detached' })
  t.equal(await statusOf(t, relay, 'sql', 'listen', old), 401)
})

test('a minted token passes for its claim and its hybrid connection only', async (t) => {
  const browser = await startBrowser(t)
  if (!browser) return
  const relay = await startRelay(t, { configuration: CONFIGURATION })
  const { page } = await openPage(t, browser, `${relay.adminUrl}/#/ns/contoso/policies?rule=shared`)
  const generator = page.getByRole('region', { name: 'Token generator' })
  await generator.getByLabel('For').selectOption('sql')
  await generator.getByLabel('Claim').selectOption('Listen')
  await generator.getByLabel('Life').selectOption('5 minutes')
  await generator.getByRole('button', { name: 'Create token' }).click()
  const output = generator.getByLabel('Token', { exact: true })
  const token = await output.inputValue()
  t.match(token, /^SharedAccessSignature sr=/)
  await generator.getByLabel('Output').selectOption('Header line')
  t.equal(await output.inputValue(), `ServiceBusAuthorization: ${token}`)
  await generator.getByLabel('Output').selectOption('URL parameter')
  t.equal(await output.inputValue(), `sb-hc-token=${encodeURIComponent(token)}`)
  await generator.getByLabel('Output').selectOption('wscat line')
  t.match(
    await output.inputValue(),
    `-c 'wss://localhost:${relay.port}/$hc/sql?sb-hc-action=listen'`,
  )
  await generator.getByRole('button', { name: 'Hide' }).click()
  t.equal(await output.count(), 0)
  t.equal(await statusOf(t, relay, 'sql', 'listen', token), 101)
  t.equal(await statusOf(t, relay, 'web', 'listen', token), 401)

  await page.evaluate(() => {
    location.hash = '#/hc/contoso/sql/policies?rule=defaultSender'
  })
  await page.getByRole('complementary', { name: 'Policy defaultSender' }).waitFor()
  t.ok(await generator.getByLabel('For').isDisabled(), 'its own hybrid connection and no other')
  await generator.getByRole('button', { name: 'Create token' }).click()
  const sending = await output.inputValue()
  t.equal(await statusOf(t, relay, 'sql', 'listen', sending), 401)

  const explain = page.getByRole('region', { name: 'Explain a token' })
  const ask = async (text: string) => {
    await explain.getByLabel('SAS token or JWT').fill(text)
    await explain.getByRole('button', { name: 'Explain' }).click()
  }
  const verdict = (action: string) =>
    explain.getByRole('row').filter({ has: page.getByRole('cell', { name: action, exact: true }) })
  const mint = (key: string, more: { resource?: string; seconds?: number } = {}) =>
    mintSasToken({
      resource: more.resource ?? 'http://localhost/sql',
      keyName: 'defaultSender',
      key,
      expirySeconds: Math.floor(Date.now() / 1000) + (more.seconds ?? 600),
    })
  await ask(sending)
  await verdict('send').getByText('accepted').waitFor()
  await verdict('listen').getByText('AuthorizationFailed').waitFor()
  await explain.getByText('ends in').waitFor()
  for (const [wrong, code] of [
    [mint(KEYS.primaryKey, { seconds: -90 }), 'ExpiredToken'],
    [mint(KEYS.primaryKey, { resource: 'http://localhost/web' }), 'InvalidAudience'],
    [mint('another key'), 'InvalidSignature'],
    ['nonsense', 'MalformedToken'],
  ] as const) {
    await ask(wrong)
    await verdict('send').getByText(code).waitFor()
    await verdict('send').getByText('refused').waitFor()
  }
})

/** Everything that the page is told and asks for, POSTs aside. */
function recordTraffic(page: Page): string[] {
  const seen: string[] = []
  page.on('websocket', (socket) => {
    socket.on('framereceived', ({ payload }) => seen.push(String(payload)))
    socket.on('framesent', ({ payload }) => seen.push(String(payload)))
  })
  page.on('response', (response) => {
    seen.push(response.url())
    if (response.request().method() !== 'GET') return
    response.text().then(
      (text) => seen.push(text),
      () => {},
    )
  })
  return seen
}

/** Status of a handshake with this token. */
async function statusOf(
  t: Parameters<typeof startRelay>[0],
  relay: TestRelay,
  path: string,
  action: 'listen' | 'connect',
  token: string,
): Promise<number> {
  const headers = { ServiceBusAuthorization: token }
  const peer = await openUpgrade(t, relay, `/$hc/${path}?sb-hc-action=${action}`, { headers })
  return (await peer.head()).status
}
