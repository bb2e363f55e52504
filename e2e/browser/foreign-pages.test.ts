import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import { createAgent } from '../../agent/index.ts'
import { startRelay } from '../harness/relay.ts'
import { openPage, startBrowser } from './fixture.ts'

type Call = {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** The status of an answer to exactly these headers; 101 for an upgrade that went well. */
function statusOf(url: string, { method = 'GET', headers = {}, body = '' }: Call): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false })
    sent.on('response', (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    sent.on('upgrade', (_response, socket) => {
      socket.destroy()
      resolve(101)
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

const JSON_TYPE = { 'content-type': 'application/json' }
const UPGRADE = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
}

/** A page of somebody else, on another port of this machine. */
async function startForeignPage(t: Test): Promise<string> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html').end('<!doctype html><title>foreign</title>')
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/**
 * What a hostile page tries, with how each attempt ended. It runs in the page, and its functions have no names: those
 * would be kept by a helper that the page does not have.
 */
async function attack(input: { api: string; post: string; remove: string }): Promise<string[]> {
  const { api, post, remove } = input
  const frame = document.createElement('iframe')
  frame.name = 'target'
  document.body.append(frame)
  const form = document.createElement('form')
  Object.assign(form, { method: 'post', action: `${api}${post}`, enctype: 'text/plain' })
  form.target = 'target'
  const field = document.createElement('input')
  // The text of such a form can be made to be JSON.
  Object.assign(field, { name: '{"connectionString":"x', value: '"}' })
  form.append(field)
  document.body.append(form)
  const loaded = new Promise((resolve) => frame.addEventListener('load', resolve))
  form.submit()
  await loaded
  const simple = { method: 'POST', mode: 'no-cors', body: '{}' } as const
  const json = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }
  const attempts = [
    fetch(`${api}${post}`, simple).then(({ type }) => type),
    fetch(`${api}${post}`, json).then(() => 'done'),
    fetch(`${api}${remove}`, { method: 'DELETE' }).then(() => 'done'),
    fetch(`${api}/overview`).then((answer) => answer.text()),
    new Promise<string>((resolve, reject) => {
      const socket = new WebSocket(`${api.replace('http', 'ws')}/feed`)
      socket.addEventListener('open', () => resolve('open'))
      socket.addEventListener('error', () => reject(new Error('no socket')))
    }),
  ]
  const settled = await Promise.allSettled(attempts)
  return settled.map((each) => (each.status === 'fulfilled' ? each.value : 'refused'))
}

/** Even what needs no permission is told nothing: the answer is for its own origin alone. */
const REFUSED = ['refused', 'refused', 'refused', 'refused', 'refused']

test('a foreign page changes nothing at the emulator, and reads nothing (dashboard 8)', async (t) => {
  const relay = await startRelay(t)
  const { host, port } = new URL(relay.adminUrl)
  const api = `${relay.adminUrl}/api/v1`
  const before = JSON.stringify(relay.server.namespaces)
  const feed = { headers: { ...UPGRADE, origin: 'http://evil.example' } }
  for (const [path, call, status] of [
    ['/overview', { headers: { host: 'evil.example' } }, 403],
    ['/overview', { headers: { host: `rebound.evil.example:${port}` } }, 403],
    ['/reset', { method: 'POST', headers: { ...JSON_TYPE, origin: 'http://evil.example' } }, 403],
    ['/reset', { method: 'POST', headers: { ...JSON_TYPE, origin: `http://${host}9` } }, 403],
    ['/reset', { method: 'POST', headers: { ...JSON_TYPE, origin: 'null' } }, 403],
    ['/reset', { method: 'POST', headers: { ...JSON_TYPE, 'sec-fetch-site': 'same-site' } }, 403],
    ['/reset', { method: 'POST', headers: { 'content-type': 'text/plain' } }, 415],
    ['/reset', { method: 'POST' }, 415],
    ['/namespaces/contoso', { method: 'DELETE', headers: { origin: 'http://evil.example' } }, 403],
    ['/feed', feed, 403],
    ['/feed', { headers: { ...UPGRADE, host: 'evil.example' } }, 403],
    ['/feed', { headers: { ...UPGRADE, origin: `http://${host}` } }, 101],
    ['/overview', {}, 200],
    ['/reload', { method: 'POST', headers: JSON_TYPE, body: '{}' }, 200],
  ] as const) {
    t.equal(await statusOf(`${api}${path}`, call), status, `${path} ${JSON.stringify(call)}`)
  }
  const browser = await startBrowser(t)
  if (!browser) return
  const { page, forgive } = await openPage(t, browser, await startForeignPage(t))
  forgive(/./)
  const [namespace] = relay.server.namespaces
  const input = { api, post: '/reset', remove: `/namespaces/${namespace?.name}` }
  t.strictSame(await page.evaluate(attack, input), REFUSED)
  t.equal(JSON.stringify(relay.server.namespaces), before)
})

test('a foreign page changes nothing at the agent, and reads nothing (dashboard 8)', async (t) => {
  const stateDir = t.testdir({})
  const agent = await createAgent({ stateDir })
  t.teardown(() => agent.close())
  const unreachable =
    'Endpoint=sb://localhost:3/;SharedAccessKeyName=n;SharedAccessKey=k;EntityPath=a'
  await agent.add(unreachable)
  const { token } = JSON.parse(await readFile(join(stateDir, 'control.json'), 'utf8')) as {
    token: string
  }
  const bearer = { authorization: `Bearer ${token}` }
  const api = `${agent.controlApi}/api/v1`
  const { host, port } = new URL(agent.controlApi)
  const json = { ...bearer, ...JSON_TYPE }
  for (const [path, call, status] of [
    ['/connections', { headers: { ...bearer, host: 'evil.example' } }, 403],
    ['/connections', { headers: { ...bearer, host: `evil.localhost:${port}` } }, 403],
    ['/connections', { headers: { ...bearer, host: '127.0.0.1' } }, 403],
    ['/connections', {}, 401],
    ['/refresh', { method: 'POST', headers: { ...json, origin: 'http://evil.example' } }, 403],
    ['/refresh', { method: 'POST', headers: { ...json, origin: 'null' } }, 403],
    ['/refresh', { method: 'POST', headers: bearer }, 415],
    ['/session', { method: 'POST', headers: { ...JSON_TYPE, origin: 'http://evil.example' } }, 403],
    ['/session/codes', { method: 'POST', headers: JSON_TYPE, body: '{}' }, 401],
    ['/feed', { headers: { ...UPGRADE, origin: 'http://evil.example' } }, 403],
    ['/feed', { headers: { ...UPGRADE, origin: `http://${host}` } }, 101],
    ['/refresh', { method: 'POST', headers: json, body: '{}' }, 200],
  ] as const) {
    t.equal(await statusOf(`${api}${path}`, call), status, `${path} ${JSON.stringify(call)}`)
  }
  t.equal(await statusOf(`${agent.controlApi}/`, { headers: { host: 'evil.example' } }), 403)
  const browser = await startBrowser(t)
  if (!browser) return
  const { page, forgive } = await openPage(t, browser, await startForeignPage(t))
  forgive(/./)
  const input = { api, post: '/connections', remove: '/connections/localhost/a' }
  t.strictSame(await page.evaluate(attack, input), REFUSED)
  t.equal((await agent.list()).length, 1)
})

test('with an admin token everything but the page asks for it, and the one-time link logs in', async (t) => {
  const token = 'CANARY-admin-token'
  const relay = await startRelay(t, { configuration: { admin: { token } } })
  const api = `${relay.adminUrl}/api/v1`
  t.equal(await statusOf(`${api}/overview`, {}), 401)
  t.equal(await statusOf(`${relay.adminUrl}/metrics`, {}), 401)
  t.equal(await statusOf(`${relay.adminUrl}/health/live`, {}), 200)
  t.equal(await statusOf(`${relay.adminUrl}/`, {}), 200)
  t.equal(await statusOf(`${api}/overview`, { headers: { authorization: `Bearer ${token}` } }), 200)
  const browser = await startBrowser(t)
  if (!browser) return
  const link = relay.server.loginLink() ?? ''
  const { page, forgive } = await openPage(t, browser, link)
  await page.getByText('Feed: live').waitFor()
  t.notMatch(page.url(), /login/)
  t.notMatch(await page.evaluate(() => JSON.stringify(Object.entries(sessionStorage))), token)
  forgive(/401/)
  const again = await openPage(t, browser, link)
  again.forgive(/401/)
  await again.page.getByText('was used already').waitFor()
  await again.page.getByLabel('Admin token').fill('wrong')
  await again.page.getByRole('button', { name: 'Sign in' }).click()
  await again.page.getByText('the admin token is wrong').waitFor()
  await again.page.getByLabel('Admin token').fill(token)
  await again.page.getByRole('button', { name: 'Sign in' }).click()
  await again.page.getByText('Feed: live').waitFor()
  t.notMatch(await again.page.evaluate(() => JSON.stringify(Object.entries(sessionStorage))), token)
})
