import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { fastify } from 'fastify'
import { type Test, test } from 'tap'
import { assetRoutes } from './asset-routes.ts'
import { encode, readAssets } from './assets.ts'

test('the files of a page are served by their exact names and no other', async (t) => {
  const app = await start(t)
  const page = await app.inject('/')
  t.match(page, { statusCode: 200, body: '<p>hello</p>' })
  t.match(page.headers, { 'content-type': /^text\/html/, 'cache-control': 'no-cache' })
  t.match((await app.inject('/assets/main-B2xYz_01.js')).headers, {
    'content-type': /^text\/javascript/,
    'cache-control': /immutable/,
  })
  for (const url of [
    '/index.html',
    '/assets/',
    '/assets/main-B2xYz_01.js.gz',
    '/../secret',
    '/%2e%2e/secret',
    '/assets/..%2f..%2fsecret',
  ]) {
    t.equal((await app.inject(url)).statusCode, 404, url)
  }
})

test('what was compressed at build time is sent so to who takes it', async (t) => {
  const app = await start(t)
  const answer = await app.inject({ url: '/', headers: { 'accept-encoding': 'br;q=0, gzip' } })
  t.equal(answer.headers['content-encoding'], 'gzip')
  t.equal(gunzipSync(answer.rawPayload).toString(), '<p>hello</p>')
})

test('a page that has not changed is not sent again', async (t) => {
  const app = await start(t)
  const { etag } = (await app.inject('/')).headers
  const again = await app.inject({ url: '/', headers: { 'if-none-match': String(etag) } })
  t.match(again, { statusCode: 304, body: '' })
})

test('a folder that is not there has no files', async (t) => {
  t.equal((await readAssets(join(t.testdir(), 'nowhere'))).size, 0)
})

test('the best form that is taken is chosen', (t) => {
  const [bytes, gzip, br] = ['plain', 'gzip', 'br'].map((text) => Buffer.from(text))
  const asset = {
    type: 'text/plain',
    etag: '"x"',
    isImmutable: false,
    bytes: bytes ?? Buffer.alloc(0),
    gzip,
    br,
  }
  const chosen = (accept: string | undefined) => encode(asset, accept).bytes.toString()
  t.equal(chosen(undefined), 'plain')
  t.equal(chosen('gzip, br'), 'br')
  t.equal(chosen('gzip;q=1, br;q=0.0'), 'gzip')
  t.equal(chosen('identity'), 'plain')
  t.end()
})

async function start(t: Test) {
  const folder = t.testdir({ secret: 'do not send', page: { 'index.html': '<p>hello</p>' } })
  const page = join(folder, 'page')
  await mkdir(join(page, 'assets'))
  await writeFile(join(page, 'index.html.gz'), gzipSync('<p>hello</p>'))
  await writeFile(join(page, 'assets', 'main-B2xYz_01.js'), 'let x')
  await writeFile(join(page, 'unknown.bin'), 'x')
  const app = fastify()
  assetRoutes(app, await readAssets(page))
  t.teardown(() => app.close())
  return app
}
