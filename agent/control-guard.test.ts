import { test } from 'tap'
import { controlGuard } from './control-guard.ts'

const OWN = { port: 4711, token: 'secret' }
const HEADERS = { host: '127.0.0.1:4711', authorization: 'Bearer secret' }

test('the commands of the same machine pass', (t) => {
  for (const host of ['127.0.0.1:4711', 'localhost:4711', '[::1]:4711', 'LOCALHOST:4711']) {
    controlGuard({ method: 'GET', headers: { ...HEADERS, host } }, OWN)
  }
  const json = { ...HEADERS, 'content-type': 'application/json' }
  controlGuard({ method: 'POST', headers: json }, OWN)
  controlGuard({ method: 'POST', headers: { ...json, origin: 'http://127.0.0.1:4711' } }, OWN)
  controlGuard({ method: 'DELETE', headers: HEADERS }, OWN)
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
    t.throws(() => controlGuard({ method, headers }, OWN), { code }, JSON.stringify(headers))
  }
  t.end()
})
