import { request } from 'node:https'
import { test } from 'tap'
import { listen } from '../harness/listener.ts'
import { type TestRelay, startRelay } from '../harness/relay.ts'

type Answer = { status: number; reason: string; type: string; body: string }

/** A management call as .NET makes it. Source: relay-protocol 7.1. */
function ask(
  relay: TestRelay,
  path: string,
  headers: Record<string, string>,
  method = 'GET',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = request(
      {
        host: 'localhost',
        port: relay.port,
        path: `/${path}?api-version=2016-07`,
        ca: relay.caPem,
        agent: false,
        method,
        headers: { 'X-PROCESS-AT': 'ServiceBus', ...headers },
      },
      (response) => {
        let body = ''
        response.setEncoding('utf8').on('data', (text: string) => (body += text))
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            reason: response.statusMessage ?? '',
            type: response.headers['content-type'] ?? '',
            body,
          }),
        )
      },
    )
    call.on('error', reject).end()
  })
}

test('runtime information has its elements in the order that .NET reads', async (t) => {
  const relay = await startRelay(t)
  await listen(t, relay, 'demo')
  await listen(t, relay, 'demo')
  const { status, type, body } = await ask(relay, 'Demo', {
    Authorization: relay.token({ path: 'demo' }),
  })
  t.equal(status, 200)
  t.equal(type, 'application/atom+xml;type=entry;charset=utf-8')
  const description =
    /<content type="application\/xml"><HybridConnectionDescription xmlns="http:\/\/schemas\.microsoft\.com\/netservices\/2010\/10\/servicebus\/connect" [^>]*>(.*)<\/HybridConnectionDescription><\/content>/.exec(
      body,
    )?.[1]
  const elements = [...(description ?? '').matchAll(/<(\w+)>([^<]*)<\/\1>/g)].map(
    ([, name, text]) => [name, text],
  )
  t.match(elements, [
    ['CreatedAt', /^\d{4}-\d\d-\d\dT/],
    ['UpdatedAt', /^\d{4}-\d\d-\d\dT/],
    ['RequiresClientAuthorization', 'true'],
    ['UserMetadata', /&quot;endpoint&quot;/],
    ['ListenerCount', '2'],
  ])
})

test('an unknown path gets an empty feed, any valid token will do, and the marker header has any case', async (t) => {
  const relay = await startRelay(t)
  const root = relay.token()
  const feed = await ask(relay, 'nothing/here', { Authorization: root })
  t.match(feed, {
    status: 200,
    type: 'application/atom+xml;type=feed;charset=utf-8',
    body: /^<feed /,
  })
  const suffix = await ask(relay, 'demo/suffix', { Authorization: root })
  t.match(suffix, { status: 200, body: /^<feed / }, 'a suffix is no entity')
  const sender = relay.token({ rule: 'defaultSender', entity: 'demo', path: 'demo' })
  const lower = await ask(relay, 'demo', {
    'x-process-at': 'servicebus',
    ServiceBusAuthorization: sender,
  })
  t.match(lower, { status: 200, body: /<ListenerCount>0</ })
})

test('a refusal is XML, and its reason phrase says the same', async (t) => {
  const relay = await startRelay(t)
  for (const [headers, text] of [
    [{}, 'MissingToken: Relay security token is required.'],
    [{ Authorization: 'Bearer & <nonsense>' }, 'MalformedToken: '],
  ] as const) {
    const { status, reason, type, body } = await ask(relay, 'demo', headers)
    t.equal(status, 401)
    t.equal(type, 'application/xml; charset=utf-8')
    t.ok(reason.startsWith(text))
    t.match(
      body,
      /^<Error><Code>401<\/Code><Detail>.* TrackingId:[0-9a-f-]{36}_G0, SystemTracker:localhost:demo, Timestamp:[\d:T-]+<\/Detail><\/Error>$/,
    )
    t.ok(body.includes(text))
  }
  t.match(await ask(relay, 'demo', { Authorization: relay.token() }, 'DELETE'), {
    status: 405,
    body: /^<Error><Code>405</,
  })
})

test('a switch asks for Manage', async (t) => {
  const relay = await startRelay(t, {
    configuration: {
      limits: { runtimeInformationNeedsManage: true },
      namespaces: [
        {
          name: 'contoso',
          hybridConnections: [
            { name: 'demo', authorizationRules: [{ name: 'send', rights: ['Send'] }] },
          ],
        },
      ],
    },
  })
  const send = relay.token({ rule: 'send', entity: 'demo', path: 'demo' })
  t.match(await ask(relay, 'demo', { Authorization: send }), {
    status: 401,
    body: /Authorization failed for specified action: Manage\./,
  })
  t.match(await ask(relay, 'demo', { Authorization: relay.token() }), { status: 200 })
})
