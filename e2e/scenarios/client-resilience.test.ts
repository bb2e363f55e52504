import { once } from 'node:events'
import { test } from 'tap'
import {
  callbackTokenProvider,
  createListener,
  createSender,
  sasTokenProvider,
} from '../../client/index.ts'
import { createRelayServer } from '../../server/index.ts'
import { callAdmin, factOf, factsOf, listenersOf } from '../harness/facts.ts'
import { keyOf, startRelay, testRelay } from '../harness/relay.ts'

const KEY = 'hK9diNqaZcYIO30j9geMFfvYu7CeHW6onepBwHsMT+w='
const stringOf = (port: number) =>
  `Endpoint=sb://localhost:${port}/;SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=${KEY};EntityPath=demo`
/** In clear text, so that a restarted relay's new CA matters to nobody. */
const plainStringOf = (port: number) => `${stringOf(port)};UseDevelopmentEmulator=true`

test('a listener comes back by itself when the relay is restarted', async (t) => {
  const first = await createRelayServer()
  const { plainPort } = testRelay(first)
  const listener = createListener({ connectionString: plainStringOf(plainPort) })
  t.teardown(() => listener.close())
  const phases: string[] = []
  listener.on('connecting', () => phases.push('connecting'))
  listener.on('online', () => phases.push('online'))
  listener.on('offline', () => phases.push('offline'))
  await listener.online()
  const offline = once(listener, 'offline')
  await first.close()
  await offline
  const back = once(listener, 'online')
  const second = await createRelayServer({ plainPort })
  t.teardown(() => second.close())
  await back
  t.same(phases.slice(0, 4), ['connecting', 'online', 'offline', 'connecting'])
  listener.on('connection', (stream) => stream.end('here again'))
  const stream = await createSender({ connectionString: plainStringOf(plainPort) }).connect()
  const [chunk] = (await once(stream, 'data')) as [Buffer]
  t.equal(chunk.toString(), 'here again')
  stream.end()
})

test('a token of 5 s is renewed again and again: the relay takes each, and neither channel nor tunnel notices', async (t) => {
  const relay = await startRelay(t)
  const signer = sasTokenProvider({
    keyName: 'RootManageSharedAccessKey',
    key: keyOf(relay.server, 'RootManageSharedAccessKey'),
    lifetimeSeconds: 5,
  })
  const listener = createListener({
    connectionString: stringOf(relay.port),
    ca: relay.caPem,
    tokenProvider: callbackTokenProvider(async (audience, signal) =>
      signer.getToken(audience, signal),
    ),
  })
  t.teardown(() => listener.close())
  listener.on('offline', ({ error }) => t.fail(error.message))
  listener.on('connection', (stream) => stream.pipe(stream))
  await listener.online()
  const sender = createSender({ connectionString: stringOf(relay.port), ca: relay.caPem })
  const stream = await sender.connect()
  const echoed = async (text: string) => {
    stream.write(text)
    return String((await once(stream, 'data'))[0])
  }
  t.equal(await echoed('before'), 'before')
  const facts = await factsOf(relay, 'tokenRenewed', 2)
  t.match(facts, [{ hybridConnection: 'demo' }, { hybridConnection: 'demo' }])
  const lifetimes = facts.map(({ at }) => Date.parse(at))
  t.ok((lifetimes[1] ?? 0) - (lifetimes[0] ?? 0) < 5_000, 'before the last one ended')
  t.equal(listener.state.phase, 'online')
  t.equal((await listenersOf(relay)).length, 1)
  t.equal(await echoed('after'), 'after')
  stream.destroy()
})

test('a hybrid connection that is deleted ends its listener with a code, and its loop throws', async (t) => {
  const relay = await startRelay(t)
  const listener = createListener({ connectionString: stringOf(relay.port), ca: relay.caPem })
  t.teardown(() => listener.close())
  await listener.online()
  const loop = (async () => {
    for await (const stream of listener) stream.destroy()
  })()
  const stopped = once(listener, 'stopped')
  const namespace = relay.server.namespaces[0]?.name ?? ''
  await callAdmin(relay, 'DELETE', `namespaces/${namespace}/hybridConnections/demo`)
  t.match((await stopped)[0], { code: 'RELAY_ENTITY_UNKNOWN', status: 404 })
  await t.rejects(loop, { code: 'RELAY_ENTITY_UNKNOWN' })
  await t.rejects(listener.online(), { code: 'RELAY_ENTITY_UNKNOWN' })
})

test('who may not listen or send is told why', async (t) => {
  const relay = await startRelay(t)
  const wrongKey = createListener({
    connectionString: stringOf(relay.port).replace(KEY, 'd3Jvbmc='),
    ca: relay.caPem,
  })
  t.teardown(() => wrongKey.close())
  await t.rejects(wrongKey.online(), { code: 'RELAY_TOKEN_INVALID', status: 401 })
  t.equal(wrongKey.state.phase, 'offline', 'it tries on')
  const sender = createSender({ connectionString: stringOf(relay.port), ca: relay.caPem })
  await t.rejects(sender.connect(), { code: 'RELAY_NO_LISTENERS', status: 404 })
  const untrusting = createSender({ connectionString: stringOf(relay.port) })
  await t.rejects(untrusting.connect(), { code: 'RELAY_TLS_UNTRUSTED' })
  const elsewhere = createSender({
    connectionString: stringOf(relay.port),
    entityPath: 'nowhere',
    ca: relay.caPem,
  })
  await t.rejects(elsewhere.connect(), { code: 'RELAY_ENTITY_UNKNOWN' })
  t.throws(() => createListener({ connectionString: 'Endpoint=sb://localhost/;EntityPath=x' }), {
    code: 'RELAY_OPTIONS_INVALID',
  })
})

test('a signal ends every wait with its reason', async (t) => {
  const relay = await startRelay(t)
  const reason = new Error('enough')
  const abort = () => AbortSignal.abort(reason)
  const listener = createListener({ connectionString: stringOf(relay.port), ca: relay.caPem })
  t.teardown(() => listener.close())
  await t.rejects(async () => listener.online(abort()), { message: 'enough' })
  await listener.online()
  const sender = createSender({ connectionString: stringOf(relay.port), ca: relay.caPem })
  await t.rejects(sender.connect({ signal: abort() }), { message: 'enough' })
  await t.rejects(sender.connectWebSocket({ signal: abort() }), { message: 'enough' })
  await t.rejects(sender.runtimeInformation({ signal: abort() }), { message: 'enough' })
})

test('a sender that gives up while the listener thinks leaves nothing behind', async (t) => {
  const relay = await startRelay(t)
  const abort = new AbortController()
  const listener = createListener({
    connectionString: stringOf(relay.port),
    ca: relay.caPem,
    acceptHandler: async () => {
      abort.abort(new Error('gave up'))
      await factOf(relay, 'connectionClosed')
      return { accept: true }
    },
  })
  t.teardown(() => listener.close())
  await listener.online()
  const fault = once(listener, 'fault')
  const sender = createSender({ connectionString: stringOf(relay.port), ca: relay.caPem })
  await t.rejects(sender.connect({ signal: abort.signal }), { message: 'gave up' })
  t.match((await fault)[0], { code: 'RELAY_RENDEZVOUS_UNKNOWN' })
})

test('a sender that nobody accepts in its own time is told so', async (t) => {
  const relay = await startRelay(t)
  const listener = createListener({
    connectionString: stringOf(relay.port),
    ca: relay.caPem,
    acceptHandler: (_offer, signal) =>
      new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(new Error('late'))),
      ),
    acceptTimeoutMs: 5_000,
  })
  await listener.online()
  const sender = createSender({
    connectionString: stringOf(relay.port),
    ca: relay.caPem,
    connectTimeoutMs: 200,
  })
  await t.rejects(sender.connect(), { code: 'RELAY_TIMEOUT' })
  await listener.close()
  t.match(await sender.connect().catch((error: unknown) => error), { code: 'RELAY_NO_LISTENERS' })
  await sender.close()
  await t.rejects(sender.connect(), { code: 'RELAY_CLIENT_CLOSED' })
})

test('our runtime information call reads what the entity holds (relay-protocol 7.1)', async (t) => {
  const relay = await startRelay(t)
  const sender = createSender({ connectionString: stringOf(relay.port), ca: relay.caPem })
  t.match(await sender.runtimeInformation(), {
    requiresClientAuthorization: true,
    listenerCount: 0,
    userMetadata: '[{"key":"endpoint","value":"echo.onprem.example:7007"}]',
  })
  const elsewhere = createSender({
    connectionString: stringOf(relay.port),
    entityPath: 'nowhere',
    ca: relay.caPem,
  })
  await t.rejects(elsewhere.runtimeInformation(), { code: 'RELAY_ENTITY_UNKNOWN' })
})
