import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AddressInfo, type Socket, connect, createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { type Test, test } from 'tap'
import WebSocket from 'ws'
import type { ConnectionRow } from '../../server/dashboard/contract.ts'
import { mintSasToken, parseConnectionString } from '../../protocol/index.ts'
import { OPCODE } from '../../protocol/websocket/frame-header.ts'
import { type StartedCli, startCli } from '../harness/cli.ts'
import { callAdmin } from '../harness/facts.ts'
import { listen, openPair } from '../harness/listener.ts'
import { type TestRelay, startRelay } from '../harness/relay.ts'
import { openPage, startBrowser } from './fixture.ts'

const CROWD = fileURLToPath(new URL('../../bench/peers/sender-crowd-child.ts', import.meta.url))
const CONFIGURATION = {
  limits: { connectionsPerNamespace: 0, acceptTimeoutMs: 600_000, pingIntervalMs: 0 },
  namespaces: [
    {
      name: 'contoso',
      hybridConnections: [
        { name: 'open', requiresClientAuthorization: false },
        { name: 'crowd', requiresClientAuthorization: false },
      ],
    },
  ],
}
const ROWS = 10_000

/** How often 64 MiB pass beside a reader that has stopped, until the memory of the process stays. */
const TRANSFERS = 3

test('the list of 10,000 connections of which 500 change each second has 200 rows in the page at most', async (t) => {
  const browser = await startBrowser(t)
  if (!browser) return
  const relay = await startRelay(t, { configuration: CONFIGURATION })
  const change = await gatherCrowd(t, relay, ROWS)
  const { page } = await openPage(t, browser, `${relay.adminUrl}/#/connections`)
  const table = page.getByRole('grid', { name: 'Connections' })
  await page.waitForFunction(
    (rows) => document.querySelector('[role=grid]')?.ariaRowCount === String(rows + 1),
    ROWS,
  )
  change(500)
  await page.getByText(/^10,000 of 1\d,\d{3} shown/).waitFor()
  await page.evaluate(() => {
    const seen = { rows: 0 }
    Object.assign(globalThis, { seen })
    new MutationObserver(() => {
      const { length } = document.querySelectorAll('[role=grid] tbody tr')
      seen.rows = Math.max(seen.rows, length)
    }).observe(document.body, { childList: true, subtree: true })
  })
  await table.focus()
  for (const [key, index] of [
    ['End', ROWS + 1],
    ['Home', 2],
    ['End', ROWS + 1],
  ] as const) {
    await page.keyboard.press(key)
    await page.locator(`[role=grid] tr[aria-rowindex="${index}"]`).waitFor()
  }
  await table.hover()
  for (let turn = 0; turn < 20; turn++) await page.mouse.wheel(0, -8_000)
  await page.waitForFunction(() => {
    const row = document.querySelector('[role=grid] tbody tr[data-id]')
    return Number(row?.getAttribute('aria-rowindex')) < 9_000
  })
  t.equal(await table.getAttribute('aria-rowcount'), String(ROWS + 1))
  const seen = await page.evaluate(() => (globalThis as unknown as { seen: { rows: number } }).seen)
  t.ok(seen.rows > 10)
  // Two rows stand for those that are not in the page.
  t.ok(seen.rows <= 202, `${seen.rows} rows were in the page`)
})

test('2,000 changes a second for 5 s make 51 commits at most, and the page then equals the API', async (t) => {
  const browser = await startBrowser(t)
  if (!browser) return
  const relay = await startRelay(t, { configuration: CONFIGURATION })
  const change = await gatherCrowd(t, relay, 200)
  const { page } = await openPage(t, browser, `${relay.adminUrl}/#/connections`)
  await page.getByText('200 live').waitFor()
  await page.getByRole('link', { name: 'Events' }).click()
  await page.getByRole('heading', { level: 1, name: 'Events' }).waitFor()
  change(200)
  const { feed } = relay.server
  const before = await commitsOf(page)
  for (let turn = 0; turn < 50; turn++) {
    for (let n = 0; n < 180; n++) {
      feed.emit({ type: 'settingsChanged', message: `turn ${turn}, change ${n}` })
    }
    await delay(100)
  }
  const after = await commitsOf(page)
  const commits = after.commits - before.commits
  const most = 1 + Math.ceil((after.ms - before.ms) / 100)
  t.ok(commits <= most, `${commits} commits, ${most} at most`)
  change(0)
  await settled(relay)
  await page.getByRole('searchbox').fill('type:settingsChanged')
  const kept = feed.since(0).filter(({ type }) => type === 'settingsChanged').length
  await page.getByText(`${kept.toLocaleString('en')} of`).waitFor()
  await page.getByRole('row').nth(1).filter({ hasText: 'turn 49, change 179' }).waitFor()
  await page.getByRole('link', { name: 'Connections', exact: true }).click()
  const { items } = (await callAdmin(relay, 'GET', 'connections?limit=10000')) as {
    items: ConnectionRow[]
  }
  const ids = items.slice(0, 10).map(({ id }) => id)
  for (const [index, id] of ids.entries()) {
    await page.locator(`tr[data-id="${id}"][aria-rowindex="${index + 2}"]`).waitFor()
  }
  await page.getByText(`${items.length} of ${items.length}`, { exact: true }).waitFor()
})

test('a reader that stops costs the relay 16 MiB at most, and a transfer beside it completes', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'relay-emulator-feed-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'relay-emulator.json')
  await writeFile(file, JSON.stringify({ version: 1, ...CONFIGURATION }))
  const { ready, pid } = await startCli(t, ['--config', file, '--log-level', 'warn'])
  const relay = relayAt(ready)
  const change = await gatherCrowd(t, relay, 3_000)
  const { sender, rendezvous } = await openPair(t, relay)
  let received = 0
  rendezvous.socket.on('data', (bytes: Buffer) => (received += bytes.length))
  const transfer = async () => {
    const chunk = Buffer.alloc(1024 * 1024, 7)
    const wanted = received + 64 * chunk.length
    for (let sent = 0; sent < 64; sent++) {
      sender.send(OPCODE.binary, chunk)
      if (sender.socket.writableNeedDrain) await once(sender.socket, 'drain')
    }
    while (received < wanted) await once(rendezvous.socket, 'data')
  }
  change(500)
  const warmUp = await openReader(t, relay)
  await warmUp.news()
  const stalled = await openReader(t, relay)
  stalled.stop()
  // Now and then the heap itself grows, which is no reader's doing; what waits for one would grow with each transfer.
  const growths: number[] = []
  for (let round = 0; round < TRANSFERS && !growths.some((mebibytes) => mebibytes <= 16); round++) {
    const before = await rssMebibytes(pid)
    await transfer()
    growths.push((await rssMebibytes(pid)) - before)
  }
  t.ok(Math.min(...growths) <= 16, `RSS grew by ${growths.join(', ')} MiB`)
  stalled.goOn()
  await stalled.news()
  t.pass('it is told what is newer')
})

test('a cut feed goes on where it was; after a restart the page is live again and says so', async (t) => {
  const browser = await startBrowser(t)
  if (!browser) return
  const relay = await startRelay(t, { configuration: CONFIGURATION })
  const adminPort = Number(new URL(relay.adminUrl).port)
  const way = await openWay(t, adminPort)
  const { page, forgive } = await openPage(
    t,
    browser,
    `http://127.0.0.1:${way.port}/#/events?q=type:settingsChanged`,
  )
  forgive(/WebSocket connection to .* failed|Failed to load resource/)
  await page.getByText('Feed: live').waitFor()
  const say = (from: number, to: number, { feed } = relay.server) => {
    for (let n = from; n <= to; n++) feed.emit({ type: 'settingsChanged', message: `fact ${n}` })
  }
  say(1, 4)
  await page.getByRole('row').filter({ hasText: 'fact 4' }).waitFor()
  way.close()
  await page.getByText(/Reconnecting, since \d\d:\d\d:\d\d/).waitFor()
  t.ok(await page.locator('main.stale').count(), 'what is shown is greyed')
  say(5, 8)
  way.open()
  await page.getByText('Feed: live').waitFor()
  say(9, 12)
  await page.getByRole('row').filter({ hasText: 'fact 12' }).waitFor()
  t.strictSame(
    await messagesOf(page),
    [12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1].map((n) => `fact ${n}`),
  )
  t.equal(await page.getByText('was restarted').count(), 0)

  await relay.server.close()
  await page.getByText(/Reconnecting, since/).waitFor()
  const again = await startRelay(t, { configuration: CONFIGURATION, adminPort })
  await page.getByText(/The emulator was restarted at \d\d:\d\d:\d\d/).waitFor()
  await page.getByText('Feed: live').waitFor()
  say(21, 22, again.server)
  await page.getByRole('row').filter({ hasText: 'fact 22' }).waitFor()
  t.strictSame(await messagesOf(page), ['fact 22', 'fact 21'])
})

/** Resolves once no connection comes or goes any more. */
async function settled({ server: { feed } }: TestRelay): Promise<void> {
  for (let last = -1; last !== feed.last; await delay(300)) last = feed.last
}

async function messagesOf(page: Page): Promise<string[]> {
  return page.getByRole('gridcell').filter({ hasText: /^fact/ }).allInnerTexts()
}

function commitsOf(page: Page): Promise<{ commits: number; ms: number }> {
  return page.evaluate(() => ({
    commits: Number(document.documentElement.dataset['commits']),
    ms: performance.now(),
  }))
}

/** Senders that wait for a listener which takes none; the function makes some leave and others come, each second. */
async function gatherCrowd(t: Test, relay: TestRelay, count: number) {
  await listen(t, relay, 'crowd')
  const child = fork(CROWD, [String(relay.plainPort), 'crowd', String(count)])
  const ended = once(child, 'exit')
  t.teardown(async () => {
    child.kill()
    await ended
  })
  await once(child, 'message')
  return (changesPerSecond: number) => void child.send(changesPerSecond)
}

/** A reader of the feed that subscribes to the connections several times, so that much is to be told. */
async function openReader(t: Test, { adminUrl }: Pick<TestRelay, 'adminUrl'>) {
  const socket = new WebSocket(`${adminUrl.replace('http', 'ws')}/api/v1/feed`)
  t.teardown(() => socket.terminate())
  await once(socket, 'open')
  socket.send(JSON.stringify({ type: 'hello', token: null, epoch: null, seq: null }))
  await once(socket, 'message')
  for (let sub = 1; sub <= 8; sub++) {
    socket.send(JSON.stringify({ type: 'subscribe', sub, topic: 'connections' }))
  }
  return {
    stop: () => socket.pause(),
    goOn: () => socket.resume(),
    /** Resolves when it has been told a change. */
    async news(): Promise<void> {
      for (;;) {
        const [data] = (await once(socket, 'message')) as [Buffer]
        if ((JSON.parse(data.toString()) as { type: string }).type === 'delta') return
      }
    },
  }
}

/** A relay in another process, as much of it as listeners and senders of tests need. */
function relayAt({ relay, admin, namespaces }: StartedCli['ready']): TestRelay {
  const listen = namespaces[0]?.hybridConnections.map(({ name, listenConnectionString }) => ({
    name,
    ...parseConnectionString(listenConnectionString),
  }))
  return {
    port: relay.port,
    plainPort: relay.plainPort ?? 0,
    adminUrl: admin.url,
    caPem: '',
    token({ path = '' } = {}) {
      const rule = listen?.find(({ name }) => name === path)
      return mintSasToken({
        resource: `http://localhost/${path}`,
        keyName: rule?.sharedAccessKeyName ?? '',
        key: rule?.sharedAccessKey ?? '',
        expirySeconds: Math.floor(Date.now() / 1000) + 3_600,
      })
    },
  } as TestRelay
}

async function rssMebibytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024
}

/** A port that leads to another one, and can be blocked. */
async function openWay(t: Test, to: number) {
  const sockets = new Set<Socket>()
  let isOpen = true
  const server = createServer((near) => {
    near.on('error', () => {})
    if (!isOpen) return void near.destroy()
    const far = connect(to, '127.0.0.1')
    far.on('error', () => near.destroy())
    far.on('close', () => near.destroy())
    near.on('close', () => {
      far.destroy()
      sockets.delete(near)
    })
    sockets.add(near)
    near.pipe(far).pipe(near)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  return {
    port: (server.address() as AddressInfo).port,
    open: () => {
      isOpen = true
    },
    close: () => {
      isOpen = false
      for (const socket of sockets) socket.destroy()
    },
  }
}
