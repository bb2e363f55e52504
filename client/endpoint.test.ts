import { test } from 'tap'
import { isLoopback, readEndpoint, relayUserAgent } from './endpoint.ts'

const KEY = 'SharedAccessKeyName=r;SharedAccessKey=k'

test('a connection string of Azure leads to TLS on 443, and the port is left out of Host', async (t) => {
  const endpoint = readEndpoint({
    connectionString: `Endpoint=sb://contoso.servicebus.windows.net/;${KEY};EntityPath=a/b`,
  })
  t.match(endpoint, {
    scheme: 'wss',
    hostname: 'contoso.servicebus.windows.net',
    port: 443,
    host: 'contoso.servicebus.windows.net',
    entityPath: 'a/b',
    audience: 'http://contoso.servicebus.windows.net/a/b/',
  })
})

test('clear text needs UseDevelopmentEmulator and a loopback host (product 5)', async (t) => {
  const plain = (endpoint: string) =>
    readEndpoint({
      connectionString: `Endpoint=${endpoint};${KEY};UseDevelopmentEmulator=true`,
      entityPath: '/hyco/',
    })
  t.match(plain('sb://localhost'), {
    scheme: 'ws',
    port: 9480,
    host: 'localhost:9480',
    entityPath: 'hyco',
  })
  t.match(plain('sb://[::1]:81'), { scheme: 'ws', hostname: '::1', host: '[::1]:81' })
  t.match(plain('sb://x.servicebus.localhost:81'), { scheme: 'ws' })
  for (const host of [
    'contoso.servicebus.windows.net',
    'localhost.example',
    '128.0.0.1',
    '127.0.0.1.example',
  ]) {
    t.throws(() => plain(`sb://${host}`), { code: 'RELAY_OPTIONS_INVALID' }, host)
  }
})

test('who signs comes from the options, the key, or the signature', async (t) => {
  const base = 'Endpoint=sb://h/;EntityPath=e'
  const tokenProvider = { getToken: () => ({ token: 'x', expiresAtMs: 0 }) }
  t.equal(readEndpoint({ connectionString: base }).tokenProvider, undefined)
  t.equal(
    readEndpoint({ connectionString: `${base};${KEY}`, tokenProvider }).tokenProvider,
    tokenProvider,
  )
  t.ok(
    readEndpoint({ connectionString: `${base};SharedAccessSignature=SharedAccessSignature x` })
      .tokenProvider,
  )
  t.throws(() => readEndpoint({ connectionString: `${base};Authentication=ManagedIdentity` }), {
    code: 'RELAY_OPTIONS_INVALID',
  })
})

test('a connection string without an entity, or without sense, is refused', async (t) => {
  t.throws(() => readEndpoint({ connectionString: `Endpoint=sb://h/;${KEY}` }), {
    code: 'RELAY_OPTIONS_INVALID',
  })
  t.throws(() => readEndpoint({ connectionString: 'hello' }), { code: 'CONNECTION_STRING_SYNTAX' })
})

test('our label can break no header', async (t) => {
  t.match(relayUserAgent('app', 'web) \r\n'), /^relay-emulator-app\/[\w.]+ \(web\? \?\?\)$/)
  const userAgent = 'a\r\nX: y'
  t.throws(
    () => readEndpoint({ connectionString: `Endpoint=sb://h/;EntityPath=x;${KEY}`, userAgent }),
    {
      code: 'RELAY_OPTIONS_INVALID',
    },
  )
  t.ok(isLoopback('127.1.2.3'))
})
