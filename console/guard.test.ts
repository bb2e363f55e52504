import { test } from 'tap'
import { checkContentType, checkHost, checkOrigin, checkToken } from './guard.ts'

// Source of every row: dashboard 8.

test('a Host that a rebound name could not carry is let in', (t) => {
  const allowed = [
    'localhost',
    'localhost:9400',
    'LOCALHOST:9400',
    'contoso.servicebus.localhost:9400',
    '127.0.0.1:9400',
    '192.168.1.20',
    '[::1]:9400',
    '[fe80::1]',
    'relay.local:9400',
    'Relay.Local',
  ]
  for (const host of allowed) t.equal(checkHost(host, ['relay.LOCAL']), undefined, host)
  t.end()
})

test('any other Host is refused', (t) => {
  const refused = [
    undefined,
    '',
    'evil.example',
    'evil.example:9400',
    'localhost.evil.example',
    'notlocalhost',
    '127.0.0.1.evil.example',
    '127.1',
    '2130706433',
    'localhost:9400:1',
    'localhost:x',
    'user@localhost',
    'localhost/x',
    '[::1',
    '::1',
    'relay.local.evil.example',
  ]
  for (const host of refused) {
    t.match(
      checkHost(host, ['relay.local']),
      { status: 403, code: 'RELAY_HOST_REFUSED' },
      String(host),
    )
  }
  t.end()
})

const change = (headers: Record<string, string>, method = 'POST') =>
  checkOrigin({ method, scheme: 'http', headers: { host: 'localhost:9400', ...headers } })

test('tools, which send no Origin, and the own page may change things', (t) => {
  t.equal(change({}), undefined)
  t.equal(change({ origin: 'http://localhost:9400' }), undefined)
  t.equal(change({ origin: 'http://LOCALHOST:9400' }), undefined)
  t.equal(change({ origin: 'http://localhost:9400', 'sec-fetch-site': 'same-origin' }), undefined)
  t.equal(change({ host: 'localhost:80', origin: 'http://localhost' }), undefined)
  t.end()
})

test('foreign pages may not', (t) => {
  const foreign: Record<string, string>[] = [
    { origin: 'null' },
    { origin: '' },
    { origin: 'http://localhost:9401' },
    { origin: 'https://localhost:9400' },
    { origin: 'http://127.0.0.1:9400' },
    { origin: 'http://evil.example' },
    { origin: 'http://localhost:9400.evil.example' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'none' },
    { origin: 'http://localhost:9400', 'sec-fetch-site': 'cross-site' },
  ]
  for (const headers of foreign) {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      const refusal = change(headers, method)
      t.match(refusal, { status: 403, code: 'RELAY_ORIGIN_REFUSED' }, JSON.stringify(headers))
    }
  }
  t.end()
})

test('reading is open to any origin, since no CORS header lets a page see the answer', (t) => {
  t.equal(change({ origin: 'http://evil.example' }, 'GET'), undefined)
  t.equal(change({ origin: 'null' }, 'HEAD'), undefined)
  t.end()
})

test('an upgrade is checked like a change, although it is a GET', (t) => {
  const upgrade = (origin: string) =>
    checkOrigin(
      { method: 'GET', scheme: 'http', headers: { host: 'localhost:9400', origin } },
      true,
    )
  t.match(upgrade('http://evil.example'), { code: 'RELAY_ORIGIN_REFUSED' })
  t.equal(upgrade('http://localhost:9400'), undefined)
  t.end()
})

test('what a page can send without a preflight is not taken for a change', (t) => {
  const simple = [
    undefined,
    '',
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain; application/json',
    'application/json-patch+json',
    'application/json, text/plain',
  ]
  for (const type of simple) {
    for (const method of ['POST', 'PUT', 'PATCH']) {
      const refusal = checkContentType(method, type)
      t.match(refusal, { status: 415, code: 'RELAY_CONTENT_TYPE' }, `${method} ${type}`)
    }
  }
  t.equal(checkContentType('POST', 'application/json'), undefined)
  t.equal(checkContentType('PUT', 'Application/JSON; charset=utf-8'), undefined)
  t.equal(checkContentType('DELETE', undefined), undefined)
  t.equal(checkContentType('GET', undefined), undefined)
  t.end()
})

test('the admin token is asked for only when there is one', (t) => {
  const required = { status: 401, code: 'RELAY_ADMIN_TOKEN_REQUIRED' }
  t.equal(checkToken(undefined, ''), undefined)
  t.equal(checkToken('Bearer s3cret', 's3cret'), undefined)
  t.equal(checkToken('bearer s3cret', 's3cret'), undefined)
  for (const given of [
    undefined,
    '',
    's3cret',
    'Bearer',
    'Bearer ',
    'Bearer s3cre',
    'Basic s3cret',
  ]) {
    t.match(checkToken(given, 's3cret'), required, String(given))
  }
  t.notMatch(checkToken('Bearer wrong-one', 's3cret')?.message, /wrong-one|s3cret/)
  t.end()
})
