import { once } from 'node:events'
import { connect } from 'node:net'
import { type Test, test } from 'tap'
import { createRelayServer } from '../../server/index.ts'
import {
  answerOf,
  entityWith,
  HCM,
  readToEnd,
  type StartedAgent,
  startAgent,
  startEndpoint,
  startSender,
  stringsOf,
  whenGone,
} from '../harness/agent.ts'
import { launch } from '../harness/cli.ts'
import { callAdmin, factOf, factsOf, listenersOf } from '../harness/facts.ts'
import { startRelay, type TestRelay } from '../harness/relay.ts'

const ENDPOINT = 'db.onprem.example:5432'
const RELAY = {
  configuration: {
    namespaces: [
      { name: 'contoso', hybridConnections: [entityWith('sql', { endpoint: ENDPOINT })] },
    ],
  },
}

/** An agent that serves `sql`, whose endpoint answers with `word`. */
async function startServing(t: Test, relay: TestRelay, name: string): Promise<StartedAgent> {
  const port = await startEndpoint(t, (socket) => socket.resume().end(name))
  const args = ['--connect-to', `${ENDPOINT}:127.0.0.1:${port}`, '--name', name]
  const agent = await startAgent(t, relay, { args })
  await agent.add(stringsOf(relay, 'sql').listen)
  return agent
}

test('two agents share the load, and when one is killed every new connection works', async (t) => {
  const relay = await startRelay(t, { ...RELAY, seed: 42 })
  const agents = [
    await startServing(t, relay, 'onprem-1'),
    await startServing(t, relay, 'onprem-2'),
  ]
  t.match((await listenersOf(relay)).map(({ label }) => label).sort(), ['onprem-1', 'onprem-2'])
  t.match(await agents[0]?.list(), [{ NumberOfListeners: 2 }])
  const sender = startSender(t, relay, 'sql')
  const ask = () => answerOf(sender)
  const before = await Promise.all(Array.from({ length: 40 }, ask))
  t.strictSame([...new Set(before)].sort(), ['onprem-1', 'onprem-2'])

  // In the midst of traffic: what was open at the killed one may end, what is new may not fail.
  const busy = Array.from({ length: 20 }, () => ask().catch(() => 'ended'))
  agents[0]?.signal('SIGKILL')
  const after = await Promise.all(Array.from({ length: 40 }, ask)).catch((error: unknown) => error)
  await Promise.all(busy)
  await agents[0]?.ended
  if (!Array.isArray(after)) throw after
  const settled = await Promise.all(Array.from({ length: 20 }, ask))
  t.strictSame([...new Set(settled)], ['onprem-2'])
})

const NO_SIGNALS = process.platform === 'win32' && 'Windows has no signals'

test(
  'tunnels through a killed agent end, and a sender it was offered goes to the other one',
  { skip: NO_SIGNALS },
  async (t) => {
    const relay = await startRelay(t, RELAY)
    const port = await startEndpoint(t, (socket) => socket.pipe(socket))
    const args = ['--connect-to', `${ENDPOINT}:127.0.0.1:${port}`]
    const doomed = await startAgent(t, relay, { args: [...args, '--name', 'onprem-1'] })
    await doomed.add(stringsOf(relay, 'sql').listen)
    const sender = startSender(t, relay, 'sql')
    const tunnel = await sender.connect()
    tunnel.write('open')
    await once(tunnel, 'data')
    const other = await startAgent(t, relay, { args: [...args, '--name', 'onprem-2'] })
    await other.add(stringsOf(relay, 'sql').listen)

    // It has its offers and does nothing with them.
    doomed.signal('SIGSTOP')
    const answers = Promise.all(Array.from({ length: 20 }, () => answerOf(sender, 'answered')))
    // Two for each offer, before and behind its message.
    await factsOf(relay, 'acceptSent', 42)
    doomed.signal('SIGKILL')
    await whenGone(tunnel)
    t.match(tunnel.errored, { code: 'RELAY_CONNECTION_LOST' })
    t.strictSame([...new Set(await answers)], ['answered'])
    await doomed.ended
    t.ok((await factsOf(relay, 'acceptSent', 44)).length > 42, 'some were offered twice')
  },
)

test('an agent that was killed is followed by its next start, with the same state folder', async (t) => {
  const relay = await startRelay(t, RELAY)
  const first = await startServing(t, relay, 'onprem-1')
  first.signal('SIGKILL')
  await first.ended
  t.match(await first.hcm(['list']), { code: 3, stderr: /try: hcm run/ })
  const second = await startAgent(t, relay, { stateDir: first.stateDir })
  await second.logged('"connected"')
  t.match(await second.list(), [{ Name: 'sql', Status: 'Connected' }])
})

test(
  'a peer that resets its connection, which raises SIGPIPE, does not stop it',
  { skip: NO_SIGNALS },
  async (t) => {
    const relay = await startRelay(t, RELAY)
    const agent = await startServing(t, relay, 'onprem-1')
    agent.signal('SIGPIPE')
    t.match(await agent.list(), [{ Status: 'Connected' }])
    t.match(await agent.hcm(['logs']), { code: 0, stdout: /^(?![^]*stopping)/ })
  },
)

test('a second daemon on the state folder of a running one refuses and names its process', async (t) => {
  const relay = await startRelay(t, RELAY)
  const agent = await startServing(t, relay, 'onprem-1')
  const second = await launch(['run'], { cli: HCM, env: { HCM_STATE_DIR: agent.stateDir } }).ended
  t.match(second, { code: 1, stderr: new RegExp(`process ${agent.pid}[^]*try: hcm list`) })
  t.match(await agent.list(), [{ Status: 'Connected' }])
})

test('the relay goes away and comes back, and both ends go on by themselves', async (t) => {
  // In clear text, because each start in memory makes a CA of its own.
  const first = await startRelay(t, RELAY)
  const { port, plainPort } = first
  const plain = (text: string) =>
    text.replace(/sb:\/\/[^/]+\//, `sb://localhost:${plainPort}/;UseDevelopmentEmulator=true`)
  const local = plain(stringsOf(first, 'sql').listen)
  const echo = await startEndpoint(t, (socket) => socket.pipe(socket))
  const agent = await startAgent(t, first, {
    args: ['--connect-to', `${ENDPOINT}:127.0.0.1:${echo}`],
  })
  t.match(await agent.add(local), { Status: 'Connected' })
  const forward = launch(['app', 'forward', '--connect', plain(stringsOf(first, 'sql').send)])
  t.teardown(() => forward.stop())
  const forwarded = Number(/:(\d+) -> /.exec(await forward.line('->'))?.[1])
  const { options } = first.server
  await first.server.close()
  await agent.logged('"not connected"')
  t.match(await agent.list(), [{ Status: 'Not connected', Endpoint: ENDPOINT, Note: /localhost/ }])
  const again = await createRelayServer({ config: options.config, port, plainPort })
  t.teardown(() => again.close())
  await factOf({ server: again } as TestRelay, 'listenerConnected')
  const restarted = { ...first, server: again, caPem: again.caPem ?? '' }
  const sender = startSender(t, restarted, 'sql')
  const stream = await sender.connect()
  stream.end('back again')
  t.equal((await readToEnd(stream)).toString(), 'back again')
  const app = connect({ port: forwarded, host: '127.0.0.1', allowHalfOpen: true })
  t.teardown(() => app.destroy())
  app.end('the app too')
  t.equal((await readToEnd(app)).toString(), 'the app too')
})

test('a hybrid connection that was deleted is NotFound, and its tunnels end', async (t) => {
  const relay = await startRelay(t, RELAY)
  const port = await startEndpoint(t, (socket) => socket.pipe(socket))
  const agent = await startAgent(t, relay, {
    args: ['--connect-to', `${ENDPOINT}:127.0.0.1:${port}`],
  })
  await agent.add(stringsOf(relay, 'sql').listen)
  const stream = await startSender(t, relay, 'sql').connect()
  stream.write('open')
  await once(stream, 'data')
  await callAdmin(relay, 'DELETE', 'namespaces/contoso/hybridConnections/sql')
  await whenGone(stream)
  await agent.logged('the hybrid connection does not exist')
  t.match(await agent.list(), [{ Name: 'sql', Status: 'NotFound', Note: /it was deleted/ }])
  t.match(await agent.hcm(['restart', 'contoso/sql']), { code: 0, stdout: /NotFound/ })
})

test('SIGTERM lets an open tunnel finish, and leaves neither process nor port', async (t) => {
  const relay = await startRelay(t, RELAY)
  const port = await startEndpoint(t, (socket) => socket.pipe(socket))
  const agent = await startAgent(t, relay, {
    args: ['--connect-to', `${ENDPOINT}:127.0.0.1:${port}`],
  })
  await agent.add(stringsOf(relay, 'sql').listen)
  const stream = await startSender(t, relay, 'sql').connect()
  stream.write('before')
  await once(stream, 'data')
  agent.signal('SIGTERM')
  await factOf(relay, 'listenerDisconnected')
  stream.end('after')
  t.equal((await readToEnd(stream)).toString(), 'after')
  t.match(await agent.ended, { code: 0, signal: null, stderr: '' })
  await t.rejects(fetch(agent.controlApi))
})
