import { test } from 'tap'
import { listenHttp } from '../harness/http-listener.ts'
import { listen } from '../harness/listener.ts'
import { openRaw, openUpgrade } from '../harness/raw-peer.ts'
import { sendRequest } from '../harness/raw-request.ts'
import { startRelay } from '../harness/relay.ts'

const CONFIGURATION = {
  namespaces: [
    {
      name: 'contoso',
      hybridConnections: [
        { name: 'hyco', requiresClientAuthorization: false },
        { name: 'a/b', requiresClientAuthorization: false },
        { name: 'a/b/c/d', requiresClientAuthorization: false },
      ],
    },
  ],
}

test('every spelling of an address finds its entity, relay-protocol 1.1', async (t) => {
  const relay = await startRelay(t, { configuration: CONFIGURATION })
  const listeners = {
    hyco: await listen(t, relay, 'hyco'),
    'a/b': await listen(t, relay, 'a/b'),
    'a/b/c/d': await listen(t, relay, 'a/b/c/d'),
  }
  /** What a sender asks for, who gets it, and the path in the address it gets. */
  const spellings: [string, keyof typeof listeners, string][] = [
    ['/$hc/hyco', 'hyco', 'hyco'],
    ['/$HC/hyco', 'hyco', 'hyco'],
    ['/%24hc/hyco', 'hyco', 'hyco'],
    ['/$hc//hyco', 'hyco', 'hyco'],
    ['/$hc///hyco/', 'hyco', 'hyco/'],
    ['/$hc/HyCo', 'hyco', 'HyCo'],
    ['/$hc/hyc%6f/x%20y', 'hyco', 'hyc%6f/x%20y'],
    ['/$hc/hyco/suffix/more?sb-hc-action=connect', 'hyco', 'hyco/suffix/more'],
    ['/$hc/hyco?SB-HC-ACTION=CONNECT', 'hyco', 'hyco'],
    ['/$hc/a/b', 'a/b', 'a/b'],
    ['/$hc/a/b/c', 'a/b', 'a/b/c'],
    ['/$hc/a/b/c/d/e', 'a/b/c/d', 'a/b/c/d/e'],
    [`http://localhost:${relay.plainPort}/$hc/hyco`, 'hyco', 'hyco'],
    [`/$hc/hyco/${'s'.repeat(3000)}`, 'hyco', `hyco/${'s'.repeat(3000)}`],
  ]
  for (const [target, listener, path] of spellings) {
    const sender = await openUpgrade(t, relay, target)
    const { address } = await listeners[listener].next()
    t.equal(new URL(address).pathname, `/$hc/${path}`, target)
    sender.socket.destroy()
  }
})

test('half a name, a longer name and a broken escape find nothing', async (t) => {
  const relay = await startRelay(t, { configuration: CONFIGURATION })
  const status = async (target: string) => {
    const peer = await openUpgrade(t, relay, target, {
      headers: { ServiceBusAuthorization: relay.token() },
    })
    return (await peer.head()).status
  }
  t.equal(await status('/$hc/hyco2'), 404)
  t.equal(await status('/$hc/a'), 404)
  t.equal(await status('/$hc/'), 404)
  t.equal(await status('/$hc'), 404)
  t.equal(await status('/$hcx/hyco'), 404)
  t.equal(await status('/$hc/hyco%zz'), 400)
  t.equal(await status('/$hc/hyco%0a'), 404)
  t.equal(await status('/$hc/hyco%e9'), 404)
})

test('escapes that name no printable character stay in requestTarget, relay-protocol 5.2', async (t) => {
  const relay = await startRelay(t)
  const listener = await listenHttp(t, relay)
  for (const path of ['/open/caf%E9', '/open/a%0d%0Ab%20c', '/open/%00', '/open/%c2%85/x']) {
    await sendRequest(t, relay, `GET ${path} HTTP/1.1`)
    const message = await listener.message()
    const { request } = JSON.parse(message.isBinary ? '' : message.text)
    t.equal(request.requestTarget, path.replace('%20', ' '), path)
  }
})

test('requests without upgrade: the root answers 200, $hc 400', async (t) => {
  const relay = await startRelay(t)
  const peer = await openRaw(t, relay)
  const ask = async (request: string) => {
    peer.socket.write(`${request} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
    const head = await peer.head()
    const length = Number(head.header('content-length'))
    const body = await peer.body(request.startsWith('HEAD') ? 0 : length)
    return { ...head, body }
  }
  t.match(await ask('GET /'), { status: 200 })
  t.match(await ask('HEAD /'), { status: 200 })
  t.match(await ask('GET /$hc/demo'), { status: 400 })
  t.match(await ask('POST /%24HC/demo?sb-hc-action=listen'), { status: 400 })
})

test('an upgrade to another protocol is served as the request it is, with its body', async (t) => {
  const relay = await startRelay(t)
  const peer = await openRaw(t, relay)
  const head = (line: string, more = '') =>
    `${line} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n` +
    `HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n${more}\r\n`
  peer.socket.write(head('GET /'))
  const first = await peer.head()
  t.equal(first.status, 200)
  await peer.body(Number(first.header('content-length')))
  peer.socket.write(`${head('POST /$hc/demo', 'Content-Length: 4\r\n')}body`)
  const second = await peer.head()
  t.equal(second.status, 400)
  await peer.body(Number(second.header('content-length')))
  peer.socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
  t.equal((await peer.head()).status, 200, 'the body was taken for a body')
})

test('many such requests on one connection leave nothing behind', async (t) => {
  const warnings: Error[] = []
  const onWarning = (warning: Error) => warnings.push(warning)
  process.on('warning', onWarning)
  t.teardown(() => process.off('warning', onWarning))
  const relay = await startRelay(t)
  for (const port of ['plain', 'tls'] as const) {
    const peer = await openRaw(t, relay, port)
    for (let i = 0; i < 15; i++) {
      peer.socket.write(
        'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n',
      )
      const head = await peer.head()
      await peer.body(Number(head.header('content-length')))
      t.equal(head.status, 200)
    }
  }
  await new Promise((resolve) => setImmediate(resolve))
  t.strictSame(warnings, [])
})
