import { test } from 'tap'
import { Dialer } from './dialer.ts'
import { startRawRelay } from './testing/raw-relay.ts'
import { TEXT, serverFrame } from './testing/server-frames.ts'

const plain = () => new Dialer({ isPlainAllowed: true })

test('an address is dialled byte for byte (relay-protocol 1.1: opaque, used verbatim)', async (t) => {
  const relay = await startRawRelay(t)
  const target = `/$hc/hyco/a%2Fb?x=%C3%B8&&'"<>[]|^&sb-hc-action=accept&sb-hc-id=1`
  const { frames } = await plain().dial(`ws://localhost:${relay.port}${target}`, {
    timeoutMs: 5_000,
  })
  const { request } = await relay.next()
  t.equal(request.split('\r\n')[0], `GET ${target} HTTP/1.1`)
  t.match(request, `\r\nHost: localhost:${relay.port}\r\n`)
  frames.destroy()
})

test('a name below localhost is this machine, whatever DNS says (product 3)', async (t) => {
  const relay = await startRawRelay(t)
  const { frames } = await plain().dial(`ws://contoso.servicebus.localhost:${relay.port}/$hc/x`, {
    timeoutMs: 5_000,
  })
  t.match((await relay.next()).request, `Host: contoso.servicebus.localhost:${relay.port}`)
  frames.destroy()
})

test('bytes that come in one write with the 101 are not lost', async (t) => {
  const relay = await startRawRelay(t, { extra: serverFrame(TEXT, 'early') })
  const { frames } = await plain().dial(relay.url, { timeoutMs: 5_000 })
  const data = await new Promise<string>((resolve) =>
    frames.start({
      data: (bytes) => resolve(bytes.toString()),
      messageEnd: () => {},
      readEnd: () => {},
      ping: () => {},
      pong: () => {},
      close: () => {},
      drain: () => {},
      gone: () => {},
    }),
  )
  t.equal(data, 'early')
  frames.destroy()
})

test('a refusal, a stranger, silence and a dead port each have their code', async (t) => {
  const dial = (url: string, timeoutMs = 5_000) => plain().dial(url, { timeoutMs })
  const refusing = await startRawRelay(t, {
    answer: 'HTTP/1.1 404 There are no listeners connected for the endpoint. TrackingId:x\r\n\r\n',
  })
  await t.rejects(dial(refusing.url), { code: 'RELAY_NO_LISTENERS', status: 404 })
  const stranger = await startRawRelay(t, { answer: 'SSH-2.0-OpenSSH_9.2\r\n\r\n' })
  await t.rejects(dial(stranger.url), { code: 'RELAY_PROTOCOL' })
  const silent = await startRawRelay(t, { answer: '' })
  await t.rejects(dial(silent.url, 50), { code: 'RELAY_TIMEOUT' })
  await t.rejects(dial('ws://127.0.0.1:1/$hc/x'), { code: 'RELAY_UNREACHABLE' })
})

test('a signal ends dialling with its reason, before and during', async (t) => {
  const silent = await startRawRelay(t, { answer: '' })
  const abort = new AbortController()
  const dialling = plain().dial(silent.url, { signal: abort.signal, timeoutMs: 5_000 })
  const { socket } = await silent.next()
  abort.abort(new Error('enough'))
  await t.rejects(dialling, { message: 'enough' })
  await new Promise((resolve) => socket.once('close', resolve))
  await t.rejects(plain().dial(silent.url, { signal: abort.signal, timeoutMs: 5_000 }), {
    message: 'enough',
  })
})

test('a relay over TLS cannot lead a listener to clear text', async (t) => {
  const dialer = new Dialer({ isPlainAllowed: false })
  const address = 'ws://127.0.0.1:1/$hc/x?sb-hc-action=accept'
  await t.rejects(dialer.dial(address, { timeoutMs: 5_000 }), { code: 'RELAY_PROTOCOL' })
  for (const bad of [
    'http://h/x',
    'wss://',
    'wss://h/a b',
    'wss://user@h/x',
    'wss://h/x\r\nX: y',
  ]) {
    await t.rejects(dialer.dial(bad, { timeoutMs: 5_000 }), { code: 'RELAY_PROTOCOL' }, bad)
  }
})
