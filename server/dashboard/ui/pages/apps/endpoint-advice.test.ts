import { test } from 'tap'
import { adviseEndpoint } from './endpoint-advice.ts'

test('a host name with a port is fine, and becomes the metadata that agents read', (t) => {
  t.same(adviseEndpoint('db.corp.local', '5432', false), {
    userMetadata: '[{"key":"endpoint","value":"db.corp.local:5432"}]',
    error: null,
    warning: null,
  })
  t.end()
})

test('what is no endpoint is refused', (t) => {
  for (const [host, port] of [
    ['', '80'],
    ['db', ''],
    ['db', '0'],
    ['db', '65536'],
    ['http://db', '80'],
  ] as const) {
    t.type(adviseEndpoint(host, port, false).error, 'string', `${host}:${port}`)
  }
  t.end()
})

test('this machine is refused in strict mode only, an address is warned of', (t) => {
  for (const host of ['localhost', 'LOCALHOST', '127.0.0.1', '127.1.2.3', '::1']) {
    t.match(adviseEndpoint(host, '80', false).error, /use a DNS name/, host)
    t.equal(adviseEndpoint(host, '80', true).error, null, host)
  }
  t.match(adviseEndpoint('10.0.0.5', '80', false), { error: null, warning: String })
  t.end()
})
