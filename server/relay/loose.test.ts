import { once } from 'node:events'
import { test, type Test } from 'tap'
import { WebSocket } from 'ws'
import { mintSasToken } from '../../protocol/sas.ts'
import { WELL_KNOWN_ROOT_KEY } from '../../protocol/published-keys.ts'
import { type RelayServerInput, createRelayServer } from '../index.ts'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A relay that takes one listener per hybrid connection, and how a listener's handshake ends there. */
async function start(t: Test, input: RelayServerInput) {
  const config = join(t.testdir({}), 'relay.json')
  writeFileSync(config, JSON.stringify({ version: 1, limits: { listenersPerHybridConnection: 1 } }))
  const server = await createRelayServer({ ...input, config })
  t.teardown(() => server.close())
  const token = mintSasToken({
    resource: 'http://localhost/demo',
    keyName: 'RootManageSharedAccessKey',
    key: WELL_KNOWN_ROOT_KEY,
    expirySeconds: Math.floor(Date.now() / 1000) + 60,
  })
  const listen = async (): Promise<number> => {
    const address = `ws://localhost:${server.ready.relay.plainPort}/$hc/demo?sb-hc-action=listen`
    const socket = new WebSocket(address, { headers: { ServiceBusAuthorization: token } })
    socket.on('error', () => {})
    t.teardown(() => socket.terminate())
    const refused = once(socket, 'unexpected-response').then(([, answer]) => answer.statusCode)
    return Promise.race([once(socket, 'open').then(() => 101), refused])
  }
  return { server, listen }
}

test('a listener above the quota is refused', async (t) => {
  const { listen } = await start(t, {})
  t.equal(await listen(), 101)
  t.equal(await listen(), 403)
})

test('with loose it is let in, and the feed is told', async (t) => {
  const { server, listen } = await start(t, { loose: true })
  t.equal(await listen(), 101)
  t.equal(await listen(), 101)
  const facts = server.feed.since(0).filter(({ type }) => type === 'looseAccepted')
  t.match(facts, [{ level: 'warning', code: 'RELAY_LISTENER_QUOTA', hybridConnection: 'demo' }])
})
