import type { InjectOptions } from 'fastify'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'tap'
import { SECURITY_HEADERS } from '../../console/headers.ts'
import { StoreError } from '../namespace/store.ts'
import { startAdmin } from './testing/admin-fixture.ts'

const LOCAL = { host: 'localhost:9400' }
const JSON_TYPE = { 'content-type': 'application/json' }
const ENTITY = '/api/v1/namespaces/contoso/hybridConnections/sql'

test('every answer carries the security headers and is kept by nobody', async (t) => {
  const { app } = await startAdmin(t, { caPem: null })
  const requests: (InjectOptions & { readonly url: string })[] = [
    { url: '/' },
    { url: '/health/live' },
    { url: '/metrics' },
    { url: '/ca.pem' },
    { url: '/api/v1/overview' },
    { url: '/nothing' },
    { url: '/%zz' },
    { url: '/api/v1/overview', headers: { host: 'evil.example' } },
    { method: 'POST', url: '/api/v1/reload' },
  ]
  for (const request of requests) {
    const { headers } = await app.inject({ headers: LOCAL, ...request })
    const name = `${request.method ?? 'GET'} ${request.url}`
    // A page is asked for again each time; what is in it is no secret.
    const kept = request.url === '/' ? /^no-(?:cache|store)$/ : 'no-store'
    t.match(headers, { ...SECURITY_HEADERS, 'cache-control': kept }, name)
    t.notOk(
      Object.keys(headers).some((header) => header.startsWith('access-control')),
      name,
    )
  }
})

test('every error has the one shape, with its status', async (t) => {
  const { app } = await startAdmin(t, { guard: { token: '', allowedHosts: [] }, caPem: null })
  const put = { method: 'PUT', url: ENTITY, headers: { ...LOCAL, ...JSON_TYPE } } as const
  const cases: [InjectOptions, number, string][] = [
    [{ ...put, payload: '{"a":' }, 400, 'RELAY_INPUT_INVALID'],
    [{ ...put, payload: '{"__proto__":{}}' }, 400, 'RELAY_INPUT_INVALID'],
    [{ ...put, payload: '[]' }, 400, 'RELAY_INPUT_INVALID'],
    [{ ...put, payload: `"${'x'.repeat(1_048_576)}"` }, 413, 'RELAY_BODY_TOO_LARGE'],
    [{ ...put, headers: { ...LOCAL, 'content-type': 'text/plain' } }, 415, 'RELAY_CONTENT_TYPE'],
    [
      { method: 'DELETE', url: ENTITY, headers: { ...LOCAL, 'content-type': 'a/b' }, payload: 'x' },
      415,
      'RELAY_CONTENT_TYPE',
    ],
    [{ url: '/api/v1/%zz', headers: LOCAL }, 400, 'RELAY_INPUT_INVALID'],
    [{ url: '/api/v1/overview', headers: { host: 'evil.example' } }, 403, 'RELAY_HOST_REFUSED'],
    [{ ...put, headers: { ...LOCAL, origin: 'null' } }, 403, 'RELAY_ORIGIN_REFUSED'],
    [{ url: '/api/v1/nothing', headers: LOCAL }, 404, 'RELAY_ITEM_NOT_FOUND'],
    [{ method: 'OPTIONS', url: ENTITY, headers: LOCAL }, 404, 'RELAY_ITEM_NOT_FOUND'],
    [{ url: '/ca.pem', headers: LOCAL }, 404, 'RELAY_ITEM_NOT_FOUND'],
    [{ url: `${ENTITY}x`, headers: LOCAL }, 404, 'RELAY_ENTITY_NOT_FOUND'],
  ]
  for (const [request, status, code] of cases) {
    const answer = await app.inject(request)
    const { error, ...rest } = answer.json()
    t.equal(answer.statusCode, status, code)
    t.same(Object.keys(error), ['code', 'message', 'target', 'next', 'details'], code)
    t.same([error.code, rest], [code, {}])
  }
})

test('what the JSON parser says of a body is not repeated, since it quotes the body', async (t) => {
  const { app } = await startAdmin(t)
  const headers = { ...LOCAL, ...JSON_TYPE }
  const answer = await app.inject({ method: 'PUT', url: ENTITY, headers, payload: 'hK9diNqaZ=' })
  t.equal(answer.statusCode, 400)
  t.notMatch(answer.body, 'hK9')
})

test('each field at fault is told, by JSON pointer', async (t) => {
  const { call } = await startAdmin(t)
  const { status, body } = await call('PUT', '/namespaces/contoso/hybridConnections/sql', {
    requiresClientAuthorization: 'true',
    userMetadata: 'x'.repeat(1025),
    'a/b': 1,
  })
  t.equal(status, 400)
  const targets = body['error']?.['details']?.map((detail) => detail['target'])
  t.same(targets?.sort(), ['/a~1b', '/requiresClientAuthorization', '/userMetadata'])
})

test('an unexpected error keeps its text to itself and to the log', async (t) => {
  const { call, logged } = await startAdmin(t, {
    reset: () => Promise.reject(new Error('disk full')),
  })
  const { status, body, text } = await call('POST', '/reset')
  t.equal(status, 500)
  t.equal(body['error']?.['code'], 'RELAY_INTERNAL')
  t.notMatch(text, 'disk')
  t.match(logged, [{ err: { message: 'disk full' }, route: '/api/v1/reset' }])
})

test('the refusals of the store have their own statuses', async (t) => {
  const statuses = {
    RELAY_INPUT_INVALID: 400,
    RELAY_ENTITY_NOT_FOUND: 404,
    RELAY_NAME_TAKEN: 409,
    RELAY_LIMIT: 409,
  } as const
  for (const code of Object.keys(statuses) as (keyof typeof statuses)[]) {
    const { call } = await startAdmin(t, {
      reset: () => Promise.reject(new StoreError(code, 'no', 'name')),
    })
    const { status, body } = await call('POST', '/reset')
    t.equal(status, statuses[code])
    t.match(body['error'], { code, message: 'no', target: 'name' })
  }
})

test('health, metrics and CA answer to any Host, everything else does not', async (t) => {
  const { app } = await startAdmin(t)
  const open = ['/health/live', '/health/ready', '/metrics', '/ca.pem', '/%68ealth/live']
  const guarded = ['/', '/api/v1/overview', '/%61pi/v1/overview', '/nothing', '/health/../']
  const headers = { host: 'relay.evil.example' }
  for (const url of open) t.equal((await app.inject({ url, headers })).statusCode, 200, url)
  for (const url of guarded) t.equal((await app.inject({ url, headers })).statusCode, 403, url)
})

test('configured names are let in', async (t) => {
  const { app } = await startAdmin(t, { guard: { token: '', allowedHosts: ['relay.local'] } })
  const headers = { host: 'relay.local:9400' }
  t.equal((await app.inject({ url: '/api/v1/overview', headers })).statusCode, 200)
})

test('a foreign page changes nothing', async (t) => {
  const { app, store } = await startAdmin(t)
  const foreign: { method: 'PUT' | 'DELETE'; headers: Record<string, string> }[] = [
    { method: 'PUT', headers: { ...JSON_TYPE, origin: 'http://evil.example' } },
    { method: 'PUT', headers: { ...JSON_TYPE, origin: 'null' } },
    { method: 'PUT', headers: { ...JSON_TYPE, 'sec-fetch-site': 'cross-site' } },
    { method: 'PUT', headers: { 'content-type': 'text/plain' } },
    { method: 'DELETE', headers: { origin: 'http://localhost:9401' } },
  ]
  for (const { method, headers } of foreign) {
    const answer = await app.inject({
      method,
      url: ENTITY,
      headers: { ...LOCAL, ...headers },
      ...(method === 'PUT' && { payload: '{"userMetadata":"changed"}' }),
    })
    t.match(String(answer.statusCode), /^4(?:03|15)$/)
  }
  t.match(store.hybridConnection('contoso', 'sql')?.userMetadata, 'db.corp.local')
})

test('with an admin token API and metrics ask for it, page, health and CA do not', async (t) => {
  const { app } = await startAdmin(t, { guard: { token: 's3cret', allowedHosts: [] } })
  const status = async (url: string, authorization?: string) => {
    const headers = { ...LOCAL, ...(authorization && { authorization }) }
    return (await app.inject({ url, headers })).statusCode
  }
  for (const url of [
    '/api/v1/overview',
    '/api/v1/openapi.json',
    '/metrics',
    '/%61pi/v1/overview',
  ]) {
    t.equal(await status(url), 401, url)
    t.equal(await status(url, 'Bearer wrong'), 401, url)
    t.equal(await status(url, 'Bearer s3cret'), 200, url)
  }
  for (const url of ['/', '/health/live', '/health/ready', '/ca.pem']) {
    t.equal(await status(url), 200, url)
  }
  const refused = await app.inject({ url: '/metrics', headers: LOCAL })
  t.equal(refused.headers['www-authenticate'], 'Bearer')
})

test('ready means that every port is open and nothing is stopping', async (t) => {
  const state = { ready: false, stopping: false }
  const { app, call } = await startAdmin(t, {
    isReady: () => state.ready,
    isStopping: () => state.stopping,
  })
  const health = async () => {
    const answer = await app.inject({ url: '/health/ready' })
    return [answer.statusCode, answer.json().status]
  }
  t.same(await health(), [503, 'starting'])
  state.ready = true
  t.same(await health(), [200, 'ready'])
  t.equal((await call('POST', '/reset')).status, 204)
  state.stopping = true
  t.same(await health(), [503, 'stopping'])
  t.match(await call('POST', '/reset'), {
    status: 503,
    body: { error: { code: 'RELAY_STOPPING' } },
  })
  t.equal((await call('GET', '/overview')).status, 200)
  t.equal((await app.inject({ url: '/health/live' })).statusCode, 200)
})

test('metrics and CA come as what they are', async (t) => {
  const { app } = await startAdmin(t)
  const metrics = await app.inject({ url: '/metrics' })
  t.match(metrics.headers['content-type'], 'text/plain; version=0.0.4')
  t.equal(metrics.body, 'up 1\n')
  const ca = await app.inject({ url: '/ca.pem' })
  t.match(ca.headers['content-type'], 'application/x-pem-file')
  t.equal(ca.body, 'the certificate')
})

test('the page at the root needs nothing that its policy forbids', async (t) => {
  const { app } = await startAdmin(t)
  const { headers, body } = await app.inject({ url: '/', headers: LOCAL })
  t.match(headers['content-type'], 'text/html')
  t.notMatch(body, /<script(?![^>]* src="\.\/)|<style|style=|https?:/)
})

test('the log has routes, never addresses', async (t) => {
  const { app, logged } = await startAdmin(t)
  await app.inject({ url: `${ENTITY}?sb-hc-token=canary`, headers: LOCAL })
  t.match(logged, [{ method: 'GET', status: 200, message: 'admin request' }])
  t.notMatch(JSON.stringify(logged), /canary|contoso/)
})

test('bytes that are no HTTP get an answer in the shape of every other', async (t) => {
  const { app } = await startAdmin(t)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as { port: number }
  const socket = connect(port, '127.0.0.1')
  let text = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  socket.write('nonsense\r\n\r\n')
  await once(socket, 'close')
  t.match(text, /^HTTP\/1\.1 400 Bad Request\r\n/)
  t.match(text, 'content-security-policy')
  t.match(JSON.parse(text.slice(text.indexOf('\r\n\r\n'))), {
    error: { code: 'RELAY_INPUT_INVALID' },
  })
})

test('closing ends connections that would stay open', async (t) => {
  const { app } = await startAdmin(t)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as { port: number }
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.write('GET /health/live HTTP/1.1\r\nHost: x\r\nHalf')
  await once(app.server, 'connection')
  await Promise.all([app.close(), closed])
  t.notOk(app.server.listening)
})
