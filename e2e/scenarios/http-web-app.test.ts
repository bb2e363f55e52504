import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'
import { type Browser, chromium } from 'playwright-core'
import { test, type Test } from 'tap'
import { findChromium } from '../harness/chromium.ts'
import { startProgram } from '../harness/program.ts'
import { type TestRelay, keyOf, startRelay } from '../harness/relay.ts'
import { hasProgram } from '../harness/require-program.ts'

const run = promisify(execFile)
const sha = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

/** The express application behind the entity `open`. */
async function startSite(t: Test): Promise<TestRelay & { readonly site: string }> {
  const relay = await startRelay(t)
  const program = startProgram(
    t,
    'hyco-https-express.mjs',
    [
      relay.url('open', { 'sb-hc-action': 'listen' }),
      'RootManageSharedAccessKey',
      keyOf(relay.server, 'RootManageSharedAccessKey'),
      'open',
    ],
    relay.caFile,
  )
  await program.next('listening')
  return { ...relay, site: `https://localhost:${relay.port}/open` }
}

test('fetch visits an express application behind hyco-https', async (t) => {
  const relay = await startSite(t)
  const site = `http://localhost:${relay.plainPort}/open`
  const page = await fetch(`${site}/`)
  t.match(await page.text(), '<h1>Behind the relay</h1>')
  t.match(page.headers.get('content-type'), 'text/html')
  t.match(page.headers.get('etag'), /^W\//)
  t.match(page.headers.get('via'), '1.1 localhost')

  const head = await fetch(`${site}/`, { method: 'HEAD' })
  t.equal(head.status, 200)
  t.equal(await head.text(), '')

  const json = await fetch(`${site}/json`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: '{"n":20}',
  })
  t.strictSame(await json.json(), { twice: 40 })

  const form = await fetch(`${site}/form`, {
    method: 'POST',
    body: new URLSearchParams({ word: 'größe & more' }),
    redirect: 'manual',
  })
  t.equal(form.status, 303)
  t.equal(form.headers.get('location'), 'welcome')
  const [cookie = ''] = form.headers.getSetCookie()
  const welcome = await fetch(`${site}/welcome`, { headers: { Cookie: cookie.split(';')[0]! } })
  t.match(await welcome.text(), 'größe & more')

  for (const size of [1, 65_536, 65_537, 3_000_000]) {
    const body = Buffer.alloc(size, 'up')
    const up = await fetch(`${site}/upload`, { method: 'POST', body })
    t.strictSame(await up.json(), { size, sha: sha(body) })
    const down = await fetch(`${site}/download?bytes=${size}`)
    t.equal(down.headers.get('content-disposition'), 'attachment; filename=relay.bin')
    t.equal(sha(Buffer.from(await down.arrayBuffer())), sha(Buffer.alloc(size, 'relay')))
  }
  const streamed = await fetch(`${site}/upload`, {
    method: 'POST',
    body: new Blob([Buffer.alloc(2_000_000, 's')]).stream(),
    duplex: 'half',
  } as RequestInit)
  t.match(await streamed.json(), { size: 2_000_000 })
  const missing = await fetch(`${site}/none`)
  t.equal(missing.status, 404)
  t.equal(await missing.text(), 'nothing here')
})

test("curl visits it over TLS with the emulator's CA", async (t) => {
  if (!hasProgram(t, 'curl')) return
  const { site, caFile } = await startSite(t)
  const folder = await mkdtemp(join(tmpdir(), 'relay-emulator-curl-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const curl = async (...args: string[]) => {
    const common = ['--silent', '--show-error', '--max-time', '30', '--cacert', caFile]
    const { stdout } = await run('curl', [...common, ...args], { maxBuffer: 8_000_000 })
    return stdout
  }
  t.match(await curl(`${site}/`), 'Behind the relay')
  t.match(await curl('--head', `${site}/`), /^HTTP\/1\.1 200 OK\r\n/)
  t.equal(await curl('--json', '{"n":4}', `${site}/json`), '{"twice":8}')
  const etag = /^etag: (.*)\r$/im.exec(await curl('--head', `${site}/`))?.[1] ?? ''
  const fresh = await curl('--include', '--header', `If-None-Match: ${etag}`, `${site}/`)
  t.match(fresh, /^HTTP\/1\.1 304 /)
  t.match(await curl('--http1.0', `${site}/`), 'Behind the relay')
  t.match(await curl('--http2', `${site}/`), 'Behind the relay', 'h2 is not offered')
  const jar = join(folder, 'jar')
  const form = [
    '--location',
    '--cookie-jar',
    jar,
    '--cookie',
    jar,
    '--data-urlencode',
    'word=größe',
  ]
  t.match(await curl(...form, `${site}/form`), '<p id="word">größe</p>')

  const file = join(folder, 'file')
  const bytes = Buffer.alloc(2_000_000, 'curl')
  await writeFile(file, bytes)
  for (const more of [
    [],
    ['--header', 'Transfer-Encoding: chunked'],
    ['--header', 'Expect: 100-continue'],
  ]) {
    const answer = await curl('--data-binary', `@${file}`, ...more, `${site}/upload`)
    t.strictSame(JSON.parse(answer), { size: bytes.length, sha: sha(bytes) })
  }
  await curl('--output', file, `${site}/download?bytes=70000`)
  t.equal(sha(await readFile(file)), sha(Buffer.alloc(70_000, 'relay')))
  // Several requests on one connection, which an upload ties to a rendezvous.
  await writeFile(file, bytes)
  const three = await curl(
    '--data-binary',
    `@${file}`,
    `${site}/upload`,
    '--next',
    '--silent',
    '--cacert',
    caFile,
    `${site}/`,
    '--next',
    '--silent',
    '--cacert',
    caFile,
    '--data-binary',
    `@${file}`,
    `${site}/upload`,
  )
  t.match(three, /"size":2000000.*Behind the relay.*"size":2000000/s)
})

test('a browser visits it: page, style, script, form, redirect, cookie and download', async (t) => {
  if (!hasProgram(t, findChromium())) return
  const { site } = await startSite(t)
  const browser = await launch(t)
  const context = await browser.newContext({ ignoreHTTPSErrors: true })
  const page = await context.newPage()
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(error.message))
  page.on('requestfailed', (request) => faults.push(request.url()))

  await page.goto(`${site}/`)
  t.equal(await page.title(), 'Behind the relay')
  t.equal(
    await page.evaluate("getComputedStyle(document.querySelector('h1')).color"),
    'rgb(1, 2, 3)',
  )
  await page.locator('#json', { hasText: 'twice is 40' }).waitFor()
  await page.getByRole('button').click()
  await page.waitForURL(`${site}/welcome`)
  t.equal(await page.locator('#word').textContent(), 'größe & more')
  t.strictSame(
    (await context.cookies()).map(({ name, path }) => [name, path]),
    [['word', '/open/']],
  )
  t.strictSame(faults, [])
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.evaluate(`location.href = '${site}/download?bytes=100000'`),
  ])
  t.equal(download.suggestedFilename(), 'relay.bin')
  const saved = await readFile(await download.path())
  t.equal(sha(saved), sha(Buffer.alloc(100_000, 'relay')))
})

/** Debian's chromium; it trusts what its user trusts, so the emulator's CA is passed over here and proven by curl. */
async function launch(t: Test): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: findChromium(),
    args: [
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // A container's root has no other user to sandbox with.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    ],
  })
  t.teardown(() => browser.close())
  return browser
}
