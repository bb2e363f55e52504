import { test } from 'tap'
import { controlGuard, isUser } from './control-guard.ts'

const OWN = {
  port: 4711,
  token: 'secret',
  sessions: { holds: (token: string) => token === 'of-page' },
}
const HEADERS = { host: '127.0.0.1:4711', authorization: 'Bearer secret' }

test('the commands of the same machine pass', (t) => {
  for (const host of ['127.0.0.1:4711', 'localhost:4711', '[::1]:4711', 'LOCALHOST:4711']) {
    controlGuard({ method: 'GET', headers: { ...HEADERS, host } }, 'user', OWN)
  }
  const json = { ...HEADERS, 'content-type': 'application/json' }
  controlGuard({ method: 'POST', headers: json }, 'user', OWN)
  controlGuard(
    { method: 'POST', headers: { ...json, origin: 'http://127.0.0.1:4711' } },
    'user',
    OWN,
  )
  controlGuard({ method: 'DELETE', headers: HEADERS }, 'user', OWN)
  t.end()
})

test('a rebound name, another port, a foreign page and a wrong secret are refused (dashboard 8)', (t) => {
  const json = { ...HEADERS, 'content-type': 'application/json' }
  for (const [method, headers, code] of [
    ['GET', { ...HEADERS, host: 'evil.example:4711' }, 'RELAY_HOST_REFUSED'],
    ['GET', { ...HEADERS, host: '127.0.0.1:80' }, 'RELAY_HOST_REFUSED'],
    ['GET', { ...HEADERS, host: '127.0.0.1' }, 'RELAY_HOST_REFUSED'],
    ['GET', { ...HEADERS, host: '10.0.0.1:4711' }, 'RELAY_HOST_REFUSED'],
    ['GET', { authorization: 'Bearer secret' }, 'RELAY_HOST_REFUSED'],
    ['POST', { ...json, origin: 'http://127.0.0.1:9999' }, 'RELAY_ORIGIN_REFUSED'],
    ['POST', { ...json, origin: 'null' }, 'RELAY_ORIGIN_REFUSED'],
    ['DELETE', { ...HEADERS, 'sec-fetch-site': 'cross-site' }, 'RELAY_ORIGIN_REFUSED'],
    ['GET', { host: HEADERS.host }, 'RELAY_ADMIN_TOKEN_REQUIRED'],
    ['GET', { ...HEADERS, authorization: 'Bearer wrong' }, 'RELAY_ADMIN_TOKEN_REQUIRED'],
    ['GET', { ...HEADERS, authorization: 'Basic secret' }, 'RELAY_ADMIN_TOKEN_REQUIRED'],
    ['POST', HEADERS, 'RELAY_CONTENT_TYPE'],
    ['POST', { ...HEADERS, 'content-type': 'text/plain' }, 'RELAY_CONTENT_TYPE'],
  ] as const) {
    t.throws(
      () => controlGuard({ method, headers }, 'user', OWN),
      { code },
      JSON.stringify(headers),
    )
  }
  t.end()
})

test('the page itself needs no token, its feed no header, and codes are for the owner alone', (t) => {
  const { host } = HEADERS
  const page = { host, authorization: 'Bearer of-page' }
  controlGuard({ method: 'GET', headers: { host } }, 'anyone', OWN)
  controlGuard({ method: 'GET', headers: page }, 'user', OWN)
  controlGuard({ method: 'GET', headers: { host, origin: `http://${host}` } }, 'feed', OWN)
  const upgrade = { host, origin: 'http://127.0.0.1:9999' }
  t.throws(() => controlGuard({ method: 'GET', headers: upgrade }, 'feed', OWN), {
    code: 'RELAY_ORIGIN_REFUSED',
  })
  t.throws(() => controlGuard({ method: 'GET', headers: page }, 'owner', OWN), {
    code: 'RELAY_ADMIN_TOKEN_REQUIRED',
    next: 'hcm ui',
  })
  t.throws(
    () => controlGuard({ method: 'GET', headers: { host: 'evil.example:4711' } }, 'anyone', OWN),
    {
      code: 'RELAY_HOST_REFUSED',
    },
  )
  t.ok(isUser('of-page', OWN) && isUser('secret', OWN))
  t.notOk(isUser(null, OWN) || isUser('', OWN) || isUser('other', OWN))
  t.end()
})
