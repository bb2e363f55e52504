// A test with the emulator in its own process: node --test examples/testing-in-process.test.mjs
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { createListener, createSender } from 'relay-emulator/client'
import { createRelayServer } from 'relay-emulator/server'

let relay
let distrust
before(async () => {
  relay = await createRelayServer({ port: 0 })
  distrust = relay.trust() // fetch, ws, hyco-ws and the like take its certificate from now on
})
beforeEach(() => relay.reset())
after(async () => {
  distrust()
  await relay.close()
})

const connectionString = (rule) => relay.getConnectionString({ hybridConnection: 'demo', rule })

test('what is sent comes back, after bad weather too', async () => {
  const listener = createListener({ connectionString: connectionString('defaultListener') })
  listener.on('connection', (stream) => stream.pipe(stream))
  await relay.waitForListeners('demo', 1)

  await relay.dropListeners('demo', 'cut')
  await relay.waitForListeners('demo', 1)

  const sender = createSender({ connectionString: connectionString('defaultSender') })
  await relay.refuseNextAccept('demo', 'timeout')
  await assert.rejects(sender.connect(), { code: 'RELAY_ACCEPT_TIMEOUT' })

  const stream = await sender.connect()
  stream.end('hello')
  assert.equal(await new Response(stream).text(), 'hello')
  await listener.close()

  const types = (await relay.events()).map(({ type }) => type)
  assert.ok(types.includes('acceptTimedOut') && types.includes('connectionOpened'))
})
