import { test } from 'tap'
import { startProgram } from '../harness/program.ts'
import { keyOf, startRelay } from '../harness/relay.ts'

const LISTEN = { 'sb-hc-action': 'listen' }
const CONNECT = { 'sb-hc-action': 'connect' }

test('unmodified hyco-ws listens and sends over TLS, and data goes both ways', async (t) => {
  const relay = await startRelay(t)
  const listenKey = keyOf(relay.server, 'defaultListener', 'demo')
  const sendKey = keyOf(relay.server, 'defaultSender', 'demo')
  const listener = startProgram(
    t,
    'hyco-ws-listener.mjs',
    [relay.url('demo', LISTEN), 'defaultListener', listenKey],
    relay.caFile,
  )
  await listener.next('listening')
  const sender = startProgram(
    t,
    'hyco-ws-sender.mjs',
    [relay.url('demo', CONNECT), 'defaultSender', sendKey, 'hello', 'grüße', 'bytes:3000000'],
    relay.caFile,
  )
  await listener.next('connection')
  t.equal((await sender.next('message')).text, 'hello')
  t.equal((await sender.next('message')).text, 'grüße')
  const sent = await sender.next('sent')
  t.match(await sender.next('message'), { size: 3_000_000, sha: sent.sha })
  t.match(await listener.next('closed'), { code: 1000 })
  t.match(await sender.next('closed'), { code: 1000 })
})

test('an anonymous hyco-ws sender reaches an entity without client authorization', async (t) => {
  const relay = await startRelay(t)
  const rootKey = keyOf(relay.server, 'RootManageSharedAccessKey')
  const listener = startProgram(
    t,
    'hyco-ws-listener.mjs',
    [relay.url('open', LISTEN), 'RootManageSharedAccessKey', rootKey],
    relay.caFile,
  )
  await listener.next('listening')
  const sender = startProgram(
    t,
    'hyco-ws-sender.mjs',
    [relay.url('open', CONNECT), '', '', 'anonymous'],
    relay.caFile,
  )
  t.equal((await sender.next('message')).text, 'anonymous')
})

test('a killed hyco-ws listener is replaced by its next start', async (t) => {
  const relay = await startRelay(t)
  const listenKey = keyOf(relay.server, 'defaultListener', 'demo')
  const sendKey = keyOf(relay.server, 'defaultSender', 'demo')
  const listen = () =>
    startProgram(
      t,
      'hyco-ws-listener.mjs',
      [relay.url('demo', LISTEN), 'defaultListener', listenKey],
      relay.caFile,
    )
  const send = () =>
    startProgram(
      t,
      'hyco-ws-sender.mjs',
      [relay.url('demo', CONNECT), 'defaultSender', sendKey, 'again'],
      relay.caFile,
    )
  const first = listen()
  await first.next('listening')
  await first.kill('SIGKILL')
  t.match(await send().next('error'), { message: /404/ })
  await listen().next('listening')
  t.equal((await send().next('message')).text, 'again')
})
