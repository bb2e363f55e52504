// A test with the emulator in a container: node --test examples/testing-container.test.mjs
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { RelayEmulatorContainer } from 'relay-emulator/testcontainers'
import { WebSocket } from 'ws'
import { createSasToken } from './sas-token.mjs'

let relay
let distrust
before(async () => {
  relay = await new RelayEmulatorContainer(process.env.RELAY_EMULATOR_IMAGE ?? 'relay-emulator')
    .withNamespace('contoso')
    .withHybridConnection({ name: 'sql', endpoint: 'db.corp.example:5432' })
    .withSeed(42)
    .start()
  distrust = relay.trust()
})
beforeEach(() => relay.reset())
after(async () => {
  distrust?.()
  await relay?.stop()
})

/** Any client of Azure Relay will do; this one is made of a WebSocket and a token. */
function dial(action, rule) {
  const { host } = new URL(relay.getEndpoint())
  const string = relay.getConnectionString({ hybridConnection: 'sql', rule })
  const key = /SharedAccessKey=([^;]+)/.exec(string)[1]
  return new WebSocket(`wss://${host}/$hc/sql?sb-hc-action=${action}`, {
    headers: { ServiceBusAuthorization: createSasToken('http://localhost/sql', rule, key) },
  })
}

test('a listener hears that its token has ended', async () => {
  const listener = dial('listen', 'defaultListener')
  const closed = new Promise((resolve) => listener.once('close', resolve))
  await relay.waitForListeners('sql', 1)
  await relay.expireTokens('sql')
  assert.equal(await closed, 1008)
})

test('a sender hears that it was refused', async () => {
  await relay.refuseNextAccept('sql', 403)
  const sender = dial('connect', 'defaultSender')
  const status = await new Promise((resolve) => {
    sender.once('unexpected-response', (_request, response) => resolve(response.statusCode))
  })
  assert.equal(status, 403)
  sender.on('error', () => {})
  sender.terminate()
})
