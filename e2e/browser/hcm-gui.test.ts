import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connect } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { Browser, Page } from 'playwright-core'
import { type Test, test } from 'tap'
import { type Agent, type AgentOptions, createAgent } from '../../agent/index.ts'
import { ui } from '../../agent/commands/ui.ts'
import { pageFolder, readAssets } from '../../console/assets.ts'
import { recordingIo } from '../../console/testing/recording-io.ts'
import { entityWith, startEndpoint, stringsOf } from '../harness/agent.ts'
import { launch } from '../harness/cli.ts'
import { startRelay, type TestRelay } from '../harness/relay.ts'
import { openPage, SERVER_GONE, startBrowser } from './fixture.ts'

/** A relay whose hybrid connections lead to an endpoint that answers `served`. */
async function startContoso(t: Test, ...names: readonly string[]) {
  const port = await startEndpoint(t, (socket) => socket.resume().end('served'))
  const hybridConnections = names.map((name) => entityWith(name, { endpoint: `127.0.0.1:${port}` }))
  const relay = await startRelay(t, {
    configuration: { namespaces: [{ name: 'contoso', hybridConnections }] },
  })
  return { relay, endpoint: `127.0.0.1:${port}` }
}

type Started = { readonly agent: Agent; readonly stateDir: string; link(): Promise<string> }

async function startHcm(
  t: Test,
  relay: TestRelay | undefined,
  options: Partial<AgentOptions> = {},
): Promise<Started> {
  const stateDir = options.stateDir ?? t.testdir({})
  const agent = await createAgent({ name: 'onprem-1', ca: relay?.caPem, ...options, stateDir })
  t.teardown(() => agent.close())
  const link = async () => {
    const { io, written } = recordingIo()
    await ui({ stateDir }, io)
    return written.stdout.trim()
  }
  return { agent, stateDir, link }
}

/** The page of an agent, logged in by a link. */
async function openHcm(t: Test, browser: Browser, { link }: Pick<Started, 'link'>) {
  const opened = await openPage(t, browser, await link())
  await light(opened.page, 'Running')
  return opened
}

function light(page: Page, word: string): Promise<void> {
  return page.locator('header').getByText(word).waitFor()
}

function rowOf(page: Page, name: string) {
  return page
    .getByRole('grid', { name: 'Hybrid connections' })
    .locator('tbody tr')
    .filter({
      has: page.getByRole('rowheader', { name, exact: true }),
    })
}

function button(page: Page, name: string) {
  return page.getByRole('group', { name: 'Actions' }).getByRole('button', { name })
}

test('a link logs in once, not twice, and not after 60 s (dashboard 5)', async (t) => {
  const browser = await startBrowser(t)
  if (!browser) return
  let nowMs = Date.now()
  const hcm = await startHcm(t, undefined, { now: () => nowMs })
  const link = await hcm.link()
  const { page, forgive } = await openPage(t, browser, link)
  forgive(/401 \(Unauthorized\)/)
  await light(page, 'Running')
  t.equal(page.url(), `${hcm.agent.controlApi}/#/`.replace('#/', ''), 'the code is out of sight')
  const token = await page.evaluate(() => sessionStorage.getItem('token'))
  t.match(token, /^[\w-]{43}$/)
  t.equal(
    await page
      .evaluate(() => document.cookie + JSON.stringify(localStorage))
      .then((text) => text.includes(token ?? '')),
    false,
  )

  const again = await openPage(t, browser, link)
  again.forgive(/401 \(Unauthorized\)/)
  await again.page.getByText('was used already').waitFor()
  t.match(await again.page.locator('main').innerText(), /Run\s+hcm ui/)
  t.equal(await again.page.getByRole('grid').count(), 0)

  const late = await hcm.link()
  nowMs += 60_000
  const third = await openPage(t, browser, late)
  third.forgive(/401 \(Unauthorized\)/)
  await third.page.getByText('older than 60 s').waitFor()

  const bare = await openPage(t, browser, hcm.agent.controlApi)
  await bare.page.getByText('hcm ui').waitFor()
  t.notMatch(await bare.page.locator('body').innerText(), /Running|\+ New/)
  nowMs += 12 * 3_600_000
  await page.reload()
  await page.getByText('hcm ui').waitFor()
})

test('the table is live, and Restart and Remove need a ticked row', async (t) => {
  const browser = await startBrowser(t)
  if (!browser) return
  const { relay, endpoint } = await startContoso(t, 'sql', 'web')
  const hcm = await startHcm(t, relay, { portalUrl: relay.adminUrl })
  const { page } = await openHcm(t, browser, hcm)
  await page.getByText('hcm add "<gateway connection string>"').waitFor()
  t.ok(await button(page, 'Restart').isDisabled())
  t.ok(await button(page, 'Remove').isDisabled())
  for (const name of ['sql', 'web']) await hcm.agent.add(stringsOf(relay, name).listen)
  const sql = rowOf(page, 'sql')
  await sql.getByText('✓ Connected').waitFor()
  t.match(await sql.innerText(), new RegExp(`contoso\\s+${endpoint}`))

  await sql.click()
  const details = page.getByRole('complementary', { name: 'Details: sql' })
  await details.waitFor()
  for (const name of [
    'Service Bus endpoint',
    'Number of listeners',
    'Created On',
    'Last Updated',
  ]) {
    t.ok(await details.getByText(name).isVisible(), name)
  }
  const portal = details.getByRole('link', { name: 'View in Portal' })
  t.equal(await portal.getAttribute('href'), `${relay.adminUrl}/#/hc/contoso/sql`)
  await page.keyboard.press('Escape')
  t.equal(await details.count(), 0)

  await page.getByRole('checkbox', { name: 'Select sql' }).click()
  const listened = relay.server.waitForListeners('contoso/sql', 1)
  await button(page, 'Restart').click()
  await listened
  await page.getByText('sql restarted').waitFor({ state: 'attached' })
  await sql.getByText('✓ Connected').waitFor()

  await page.getByRole('checkbox', { name: 'Select web' }).click()
  await button(page, 'Remove').click()
  const dialog = page.getByRole('dialog', { name: 'Remove 2 hybrid connections?' })
  await dialog.getByText('sql, web').waitFor()
  const cancel = dialog.getByRole('button', { name: 'Cancel' })
  t.ok(await cancel.evaluate((element) => element === document.activeElement))
  await dialog.getByRole('button', { name: 'Remove' }).click()
  await page.getByText('hcm add "<gateway connection string>"').waitFor()
  t.strictSame(await hcm.agent.list(), [])
})

test('an agent that cannot connect says why; Refresh asks again; without a portal there is no link', async (t) => {
  const browser = await startBrowser(t)
  if (!browser) return
  const { relay } = await startContoso(t, 'sql')
  const hcm = await startHcm(t, relay)
  await hcm.agent.add(
    'Endpoint=sb://localhost:3/;SharedAccessKeyName=n;SharedAccessKey=k;EntityPath=a/b',
  )
  await hcm.agent.add(stringsOf(relay, 'sql').listen)
  const { page } = await openHcm(t, browser, hcm)
  const row = rowOf(page, 'a/b')
  await row.getByText('Not connected').waitFor()
  t.match(await row.locator('[title]').first().getAttribute('title'), /cannot be reached/)
  await row.click({ button: 'right' })
  const item = page.getByRole('menuitem', { name: /View in Portal/ })
  t.equal(await item.getAttribute('aria-disabled'), 'true')
  t.match(await item.innerText(), /--portal-url/)
  await page.keyboard.press('Escape')
  await fetch(`${relay.adminUrl}/api/v1/namespaces/contoso/hybridConnections/sql`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ userMetadata: '[{"key":"endpoint","value":"new.corp.local:1"}]' }),
  })
  await button(page, 'Refresh').click()
  await rowOf(page, 'sql').getByText('new.corp.local:1').waitFor()
})

test('Test tells what passes and what fails, and View Logs what was done', async (t) => {
  const browser = await startBrowser(t)
  if (!browser) return
  const { relay, endpoint } = await startContoso(t, 'sql')
  const hcm = await startHcm(t, relay)
  await hcm.agent.add(stringsOf(relay, 'sql').listen)
  const { page } = await openHcm(t, browser, hcm)
  await page.getByRole('checkbox', { name: 'Select sql' }).click()
  await button(page, 'Test').click()
  const dialog = page.getByRole('dialog', { name: 'Test' })
  const field = dialog.getByRole('textbox')
  t.equal(await field.inputValue(), endpoint, 'prefilled from the ticked row')
  await dialog.getByRole('button', { name: 'Test' }).click()
  const checks = dialog.getByRole('list', { name: 'Checks' })
  await checks.getByText('Pass').nth(2).waitFor()
  t.match(await checks.innerText(), /\d ms[^]*accepts connections[^]*answers over TLS/)
  await field.fill('nowhere.example:5432')
  await field.press('Enter')
  await checks.getByText('Fail').first().waitFor()
  t.match(await checks.innerText(), /Fail[^]*nowhere\.example[^]*Not tried/)
  await page.keyboard.press('Escape')

  await button(page, 'View Logs').click()
  const log = page.getByRole('log')
  await log.getByText('hybrid connection added').waitFor()
  await hcm.agent.restart('contoso', 'sql')
  await log.getByText('connected', { exact: false }).nth(1).waitFor()
  await page.getByLabel('Level').selectOption('error')
  await page.getByText('Nothing of this level.').waitFor()
  await page.getByLabel('Level').selectOption('info')
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Download' }).click()
  const file = await (await download).path()
  t.match(await readFile(file, 'utf8'), /"message":"agent started"/)
})

test('a later version is told once, and by a badge from then on', async (t) => {
  const browser = await startBrowser(t)
  if (!browser) return
  const hcm = await startHcm(t, undefined, { latestVersion: '9.1.0' })
  const { page } = await openHcm(t, browser, hcm)
  const dialog = page.getByRole('dialog', { name: 'Version 9.1.0 is available' })
  await dialog.getByText('npm install -g relay-emulator@9.1.0').waitFor()
  await dialog.getByRole('button', { name: 'Close' }).click()
  await page.reload()
  await light(page, 'Running')
  const badge = page.getByRole('button', { name: 'New version 9.1.0: how to upgrade' })
  await badge.waitFor()
  t.equal(await dialog.count(), 0, 'once')
  await badge.click()
  await dialog.waitFor()
})

test('a pasted gateway connection string turns to Connected in both pages, and bytes move (dashboard 7, 4)', async (t) => {
  const browser = await startBrowser(t)
  if (!browser) return
  const { relay } = await startContoso(t, 'sql')
  const hcm = await startHcm(t, relay)
  const { page } = await openHcm(t, browser, hcm)
  const { listen, send } = stringsOf(relay, 'sql')
  await button(page, '+ New').click()
  const dialog = page.getByRole('dialog', { name: 'Add hybrid connections' })
  const field = dialog.getByRole('textbox')
  const add = dialog.getByRole('button', { name: 'Add', exact: true })
  for (const [text, problem] of [
    ['Endpoint=https://x/', /must be sb:\/\//],
    [listen.replace(/;EntityPath=.*/, ''), /EntityPath is missing/],
    [listen.replace(/SharedAccessKey=[^;]*;/, ''), /no SharedAccessKey/],
    ['hc://contoso.hybrid.biztalk.windows.net/sql', /BizTalk/],
  ] as const) {
    await field.fill(text)
    await dialog.getByText(problem).waitFor()
    t.ok(await add.isDisabled())
  }
  await field.fill(listen)
  await dialog.getByText(`/sql`).last().waitFor()
  await dialog.getByRole('button', { name: 'Cancel' }).focus()
  t.match(await field.inputValue(), /SharedAccessKey=•+;EntityPath=sql/, 'the key is masked')
  await add.click()
  await dialog.waitFor({ state: 'detached' })
  await rowOf(page, 'sql').getByText('✓ Connected').waitFor()

  const dashboard = await openPage(t, browser, `${relay.adminUrl}/#/hc/contoso/sql`)
  await dashboard.page.getByText('Connected').first().waitFor()
  const forward = launch(['app', 'forward', '--connect', send, '--listen', '127.0.0.1:0'], {
    env: { RELAY_EMULATOR_CA: relay.caFile },
  })
  t.teardown(() => forward.stop())
  const line = await forward.line('-> ')
  const port = Number(/127\.0\.0\.1:(\d+)/.exec(line)?.[1])
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  socket.end('hello')
  t.equal(String(await buffer(socket)), 'served')
})

test('Select with Azure adds what was chosen, and leaves nothing of the sign-in behind', async (t) => {
  const browser = await startBrowser(t)
  if (!browser) return
  const { relay } = await startContoso(t, 'sql', 'erp')
  const { arm } = relay.server.ready
  const azure = { armUrl: arm.url, tenant: relay.server.identity.tenantId }
  const hcm = await startHcm(t, relay, { azure })
  await hcm.agent.add(stringsOf(relay, 'sql').listen)
  const { page, forgive } = await openHcm(t, browser, hcm)
  const answers: Promise<string>[] = []
  page.on('response', (response) => {
    if (response.url().includes('/api/')) answers.push(response.text().catch(() => ''))
  })
  await button(page, '+ New').click()
  const dialog = page.getByRole('dialog', { name: 'Add hybrid connections' })
  await dialog.getByRole('tab', { name: 'Select with Azure' }).click()
  await dialog.getByRole('button', { name: 'Sign in' }).click()
  const link = dialog.getByRole('link', { name: 'Open sign-in page' })
  await link.waitFor()
  t.equal(await link.getAttribute('href'), `${arm.url}/devicelogin`)
  await dialog.getByRole('combobox', { name: 'Subscription' }).waitFor()
  const known = dialog.getByRole('checkbox', { name: 'Select sql' })
  await known.waitFor()
  t.ok((await known.isDisabled()) && (await known.isChecked()), 'added already')
  await dialog.getByRole('checkbox', { name: 'Select erp' }).click()
  await dialog.getByRole('button', { name: 'Create' }).click()
  await dialog.waitFor({ state: 'detached' })
  await rowOf(page, 'erp').getByText('✓ Connected').waitFor()

  const token = await page.evaluate(() => sessionStorage.getItem('token'))
  const statusOf = async (id: string) => {
    const headers = { authorization: `Bearer ${token}` }
    return (await fetch(`${hcm.agent.controlApi}/api/v1/signIns/${id}`, { headers })).status
  }
  t.equal(await statusOf('s_1'), 404, 'Create ends it')
  const texts = await Promise.all(answers)
  for (const file of await readdir(hcm.stateDir)) {
    texts.push(await readFile(join(hcm.stateDir, file), 'utf8'))
  }
  texts.push(await page.content())
  // Every token of Entra ID begins like this.
  t.notOk(texts.some((text) => text.includes('eyJ')))
  t.notOk((await readdir(hcm.stateDir)).includes('azure-login.json'))

  await button(page, '+ New').click()
  await dialog.getByRole('tab', { name: 'Select with Azure' }).click()
  await dialog.getByRole('button', { name: 'Sign in' }).click()
  await link.waitFor()
  t.equal(await statusOf('s_2'), 200)
  // A picture alone makes the browser ask for an icon of its own.
  forgive(/401 \(Unauthorized\)/)
  await page.goto(`${hcm.agent.controlApi}/favicon.svg`)
  while ((await statusOf('s_2')) !== 404) await page.title()
  t.pass('leaving the page ends it')
})

test('the light follows a daemon that stops, and another one asks for a new link', async (t) => {
  const browser = await startBrowser(t)
  if (!browser) return
  const { relay } = await startContoso(t, 'sql')
  const hcm = await startHcm(t, relay)
  await hcm.agent.add(stringsOf(relay, 'sql').listen)
  const { page, forgive } = await openHcm(t, browser, hcm)
  forgive(SERVER_GONE)
  await rowOf(page, 'sql').waitFor()
  await hcm.agent.close()
  await light(page, 'Not reachable')
  await page.getByText('hcm service start').waitFor()
  t.ok(await button(page, '+ New').isDisabled())
  t.ok(await rowOf(page, 'sql').isVisible(), 'what was known last stays')
  const controlPort = Number(new URL(hcm.agent.controlApi).port)
  const next = await startHcm(t, relay, { stateDir: hcm.stateDir, controlPort })
  await page.getByText('hcm ui').waitFor()
  await page.goto(await next.link())
  await light(page, 'Running')
})

test('the page weighs at most 60 kB (dashboard 1)', async (t) => {
  const assets = await readAssets(pageFolder('hcm'))
  t.ok(assets.has('/'), 'npm run build makes it')
  const loaded = [...assets].filter(([path]) => /\.(?:js|css)$/.test(path))
  const bytes = loaded.reduce((sum, [, { gzip }]) => sum + (gzip?.length ?? Infinity), 0)
  t.ok(loaded.length >= 2 && bytes <= 60_000, `${bytes} B`)
})
