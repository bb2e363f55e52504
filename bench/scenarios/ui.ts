import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { get } from 'node:http'
import { type Socket, connect } from 'node:net'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { startChromium } from '../lib/chromium.ts'
import { unpinProcess } from '../lib/cores.ts'
import { median, percentile } from '../lib/stats.ts'
import { type Emulator, HYBRID_CONNECTION, programFile, startEmulator } from '../peers/emulator.ts'
import { tokenFrom } from '../peers/token.ts'
import type { Bench, Scenario } from './scenario.ts'

const ROWS = 10_000
const CHANGES_PER_SECOND = 500
const LOADS = 5
/** How long the list is scrolled about, ms. */
const SCROLL_MS = 10_000
/** Longest wait for the list, ms. */
const PATIENCE_MS = 30_000
const DASHBOARD = 'dashboard'

export const UI: Scenario = {
  name: 'ui',
  question: `The dashboard in Chromium: first contentful paint (median of ${LOADS} loads), what its JavaScript and CSS weigh compressed, and the list of connections scrolled by wheel, End and Home while ${ROWS.toLocaleString('en')} are live and ${CHANGES_PER_SECOND} of them change each second.`,
  isOwn: true,
  metrics: [
    { key: 'paintMilliseconds', label: 'first paint, ms', digits: 0 },
    { key: 'gzipKilobytes', label: 'JS + CSS, kB gzip', digits: 1 },
    { key: 'gapP95Milliseconds', label: 'frame gap p95, ms', digits: 1 },
    { key: 'gapMaxMilliseconds', label: 'longest gap, ms', digits: 0 },
    { key: 'heapMebibytes', label: 'heap, MiB', digits: 1 },
    { key: 'commitsPerSecond', label: 'commits/s', digits: 1 },
    { key: 'rowsInPage', label: 'rows in page', digits: 0 },
  ],
  async run(bench) {
    // A browser has many processes, and a user's has all cores. This scenario is the last one.
    unpinProcess(process.pid)
    const browser = await startChromium()
    if (!browser) {
      process.stderr.write('  ui is left out: chromium is not installed\n')
      return
    }
    try {
      for (let run = 0; run < bench.runs; run++) {
        await bench.attempt(`dashboard, run ${run + 1}`, () => measure(bench, browser, run))
      }
    } finally {
      await browser.close()
    }
  },
}

async function measure({ tools, record }: Bench, browser: Browser, run: number): Promise<void> {
  const config = join(tools.folder, 'ui.json')
  await writeFile(config, JSON.stringify(CONFIGURATION))
  const emulator = await startEmulator(tools, ['--config', config, '--log-level', 'warn'])
  try {
    const page = await load(browser, emulator.adminUrl)
    const paints: number[] = []
    for (let n = 0; n < LOADS; n++) paints.push(await paintOf(browser, emulator.adminUrl))
    const gzipBytes = await gzipBytesOf(page)
    const scrolled = await withCrowd(tools, emulator, (change) => scroll(page, change))
    const metrics = {
      paintMilliseconds: median(paints),
      gzipKilobytes: gzipBytes / 1_000,
      ...scrolled,
    }
    record({
      scenario: 'ui',
      case: '10,000 rows',
      peer: DASHBOARD,
      run,
      metrics,
      foreignCores: 0,
    })
  } finally {
    await tools.children.stop(emulator.child)
  }
}

/** Gathers senders that wait, for as long as `work` takes; it is given what sets them in motion. */
async function withCrowd<Result>(
  { children }: Bench['tools'],
  emulator: Emulator,
  work: (change: () => void) => Promise<Result>,
): Promise<Result> {
  const listener = await listen(emulator)
  const crowd = await children.startNode(
    programFile('bench/peers/sender-crowd-child'),
    [String(emulator.plainPort), HYBRID_CONNECTION, String(ROWS)],
    { ipc: true, core: 'generator' },
  )
  try {
    await once(crowd.process, 'message')
    return await work(() => crowd.process.send(CHANGES_PER_SECOND))
  } finally {
    listener.destroy()
    await children.stop(crowd)
  }
}

/** Nobody is turned away for their number, and waiting senders wait for as long as this takes. */
const CONFIGURATION = {
  version: 1,
  limits: { connectionsPerNamespace: 0, acceptTimeoutMs: 600_000, pingIntervalMs: 0 },
  namespaces: [
    {
      name: 'contoso',
      hybridConnections: [{ name: HYBRID_CONNECTION, requiresClientAuthorization: false }],
    },
  ],
}

async function load(browser: Browser, url: string): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
  context.setDefaultTimeout(PATIENCE_MS)
  const page = await context.newPage()
  await page.goto(url)
  await page.getByText('Feed: live').waitFor()
  return page
}

async function paintOf(browser: Browser, url: string): Promise<number> {
  const page = await load(browser, url)
  // The entry may come after what it is about.
  const paint = await page.waitForFunction(
    "performance.getEntriesByName('first-contentful-paint')[0]?.startTime",
  )
  const ms = Number(await paint.jsonValue())
  await page.context().close()
  return ms
}

/** What the page has loaded so far, as it is sent to who takes gzip. */
async function gzipBytesOf(page: Page): Promise<number> {
  const urls = await page.evaluate<string[]>(
    "performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => /\\.(js|css)$/.test(name))",
  )
  const sizes = await Promise.all(urls.map(gzipBytes))
  return sizes.reduce((sum, size) => sum + size, 0)
}

async function gzipBytes(url: string): Promise<number> {
  const request = get(url, { headers: { 'accept-encoding': 'gzip' } })
  const [response] = await once(request, 'response')
  let bytes = 0
  for await (const chunk of response) bytes += (chunk as Buffer).length
  return bytes
}

/** A control channel that takes the offers and dials none. */
async function listen({ plainPort, listenConnectionString }: Emulator): Promise<Socket> {
  const socket = connect(plainPort, '127.0.0.1')
  await once(socket, 'connect')
  const head = [
    `GET /$hc/${HYBRID_CONNECTION}?sb-hc-action=listen HTTP/1.1`,
    `Host: localhost:${plainPort}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
    `ServiceBusAuthorization: ${tokenFrom(listenConnectionString)}`,
  ]
  socket.write(`${head.join('\r\n')}\r\n\r\n`)
  const [answer] = (await once(socket, 'data')) as [Buffer]
  if (!answer.toString('latin1').startsWith('HTTP/1.1 101')) {
    throw new Error(`the listener was refused: ${answer.toString('latin1').split('\r\n')[0]}`)
  }
  socket.resume()
  return socket
}

/** Scrolls through the list of connections while it changes. */
async function scroll(page: Page, change: () => void): Promise<Record<string, number>> {
  await page.getByRole('link', { name: 'Connections', exact: true }).click()
  await page.locator(`[role=grid][aria-rowcount="${ROWS + 1}"]`).waitFor()
  change()
  const table = page.getByRole('grid', { name: 'Connections' })
  await table.focus()
  await table.hover()
  await page.evaluate(WATCH_FRAMES)
  const endMs = performance.now() + SCROLL_MS
  for (let turn = 0; performance.now() < endMs; turn++) {
    if (turn % 40 === 20) await page.keyboard.press('End')
    else if (turn % 40 === 0) await page.keyboard.press('Home')
    else await page.mouse.wheel(0, turn % 40 < 20 ? 600 : -600)
  }
  const seen = await page.evaluate<Seen>('watchedFrames()')
  const session = await page.context().newCDPSession(page)
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  return {
    gapP95Milliseconds: percentile(seen.gaps, 95),
    gapMaxMilliseconds: Math.max(...seen.gaps),
    heapMebibytes: usedSize / 1_048_576,
    commitsPerSecond: (1_000 * seen.commits) / seen.ms,
    rowsInPage: seen.rows,
  }
}

type Seen = {
  readonly gaps: readonly number[]
  readonly commits: number
  readonly ms: number
  readonly rows: number
}

/** Runs in the page: it has no types of a browser's here. */
const WATCH_FRAMES = `(() => {
  const gaps = []
  const commits = () => Number(document.documentElement.dataset.commits)
  const before = { at: performance.now(), commits: commits() }
  let last = before.at
  let rows = 0
  const look = (now) => {
    gaps.push(now - last)
    last = now
    rows = Math.max(rows, document.querySelectorAll('[role=grid] tbody tr[data-id]').length)
    requestAnimationFrame(look)
  }
  requestAnimationFrame((now) => {
    last = now
    requestAnimationFrame(look)
  })
  globalThis.watchedFrames = () => ({
    gaps,
    commits: commits() - before.commits,
    ms: performance.now() - before.at,
    rows,
  })
})()`
