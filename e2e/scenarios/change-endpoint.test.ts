import { type Test, test } from 'tap'
import {
  answerOf,
  entityWith,
  startAgent,
  startEndpoint,
  startSender,
  stringsOf,
} from '../harness/agent.ts'
import { azureOf } from '../harness/azure.ts'
import { runCli } from '../harness/cli.ts'
import { callAdmin } from '../harness/facts.ts'
import { startRelay } from '../harness/relay.ts'

const OLD = 'old.corp.example'
const NEW = 'new.corp.example'

/** An app and an agent that share a hybrid connection to the old endpoint; the new one answers as well. */
async function prepared(t: Test) {
  const old = await startEndpoint(t, (socket) => socket.resume().end('old'))
  const fresh = await startEndpoint(t, (socket) => socket.resume().end('fresh'))
  const relay = await startRelay(t, {
    configuration: {
      namespaces: [
        { name: 'contoso', hybridConnections: [entityWith('sql', { endpoint: `${OLD}:${old}` })] },
      ],
    },
  })
  const azure = azureOf(relay)
  const web = `${azure.group}/providers/Microsoft.Web`
  const namespace = `${azure.group}/providers/Microsoft.Relay/namespaces/contoso`
  const entity = `${namespace}/hybridConnections/sql`
  const site = `${web}/sites/web1`
  const attachment = `${site}/hybridConnectionNamespaces/contoso/relays/sql`
  const call = async (method: string, path: string, properties?: object) => {
    const answer = await azure.call(method, path, properties && { body: { properties } })
    t.equal(answer.status, 200, `${method} ${path.slice(azure.group.length)}`)
    return answer.body
  }
  const plan = { location: 'westus2', sku: { name: 'S1' } }
  await azure.call('PUT', `${web}/serverfarms/plan1`, { body: plan })
  await azure.call('PUT', site, {
    body: { location: 'westus2', properties: { serverFarmId: `${web}/serverfarms/plan1` } },
  })
  /** With the endpoint that the metadata names, as the portal does. */
  const attach = async () => {
    const { properties } = await call('GET', entity)
    const [{ value = '' } = {}] = JSON.parse(properties?.['userMetadata'] ?? '[]') as {
      value?: string
    }[]
    const [hostname, port] = value.split(':')
    const sendKeyName = 'defaultSender'
    return call('PUT', attachment, { relayArmUri: entity, hostname, port, sendKeyName })
  }
  const save = (endpoint: string) =>
    call('PUT', entity, {
      requiresClientAuthorization: true,
      userMetadata: JSON.stringify([{ key: 'endpoint', value: endpoint }]),
    })
  await attach()
  const agent = await startAgent(t, relay, {
    args: [
      ...['--connect-to', `${OLD}:${old}:127.0.0.1:${old}`],
      ...['--connect-to', `${NEW}:${fresh}:127.0.0.1:${fresh}`],
    ],
  })
  const { listen } = stringsOf(relay, 'sql')
  await agent.add(listen)
  const sender = startSender(t, relay, 'sql')
  /** What either end uses: the app, the agent, and what answers behind both. Null where it is none. */
  const ends = async () => {
    const [listed] = await agent.list()
    const { items } = (await callAdmin(relay, 'POST', 'apps/web1/listKeys', {})) as {
      items: { host: string; port: number }[]
    }
    return {
      app: items[0] ? `${items[0].host}:${items[0].port}` : null,
      agent: listed?.Endpoint ?? null,
      answer: await answerOf(sender).catch((error: { code: string }) => error.code),
    }
  }
  const before = { app: `${OLD}:${old}`, agent: `${OLD}:${old}`, answer: 'old' }
  const after = { app: `${NEW}:${fresh}`, agent: `${NEW}:${fresh}`, answer: 'fresh' }
  t.same(await ends(), before)
  return { relay, agent, listen, attach, save, call, ends, before, after, site, namespace }
}

test('the nine documented steps for a changed endpoint, one by one by REST and hcm', async (t) => {
  const { agent, listen, attach, save, call, ends, before, after, site, namespace } =
    await prepared(t)
  const noListener = 'RELAY_NO_LISTENERS'

  // 1. Hybrid Connection Manager: Remove.
  t.equal((await agent.hcm(['remove', 'contoso/sql'])).code, 0)
  t.same(await ends(), { app: before.app, agent: null, answer: noListener })
  // 2. The app, Networking. 3. Hybrid connections.
  t.match(await call('GET', site), { name: 'web1', properties: { state: 'Running' } })
  const listed = `${site}/hybridConnectionRelays`
  t.match(await call('GET', listed), { value: [{ name: 'sql', properties: { hostname: OLD } }] })
  // 4. Disconnect.
  await call('DELETE', `${site}/hybridConnectionNamespaces/contoso/relays/sql`)
  t.same(await ends(), { app: null, agent: null, answer: noListener })
  // 5. The relay, Hybrid connections. 6. Properties.
  t.match(await call('GET', `${namespace}/hybridConnections`), { value: [{ name: 'sql' }] })
  const entity = `${namespace}/hybridConnections/sql`
  t.match(await call('GET', entity), { properties: { userMetadata: new RegExp(OLD) } })
  // 7. Save changes.
  await save(after.app)
  t.match(await call('GET', entity), { properties: { userMetadata: new RegExp(NEW) } })
  t.same(await ends(), { app: null, agent: null, answer: noListener })
  // 8. Add it to the app again.
  await attach()
  t.same(await ends(), { app: after.app, agent: null, answer: noListener })
  // 9. Hybrid Connection Manager: add it again.
  await agent.add(listen)
  t.same(await ends(), after)
})

test('saving the properties of a changed endpoint alone changes neither end, and change-endpoint does all of it', async (t) => {
  const { relay, agent, save, ends, before, after } = await prepared(t)
  await save(after.app)
  t.same(await ends(), before)
  t.match(await agent.list(), [{ Note: /userMetadata names new\.corp\.example.* by now/ }])
  const done = await runCli(
    ['change-endpoint', 'contoso/sql', after.app, '--admin', relay.adminUrl],
    { env: { HCM_STATE_DIR: agent.stateDir } },
  )
  t.equal(done.code, 0, done.stderr)
  t.match(done.stdout, /endpoint is now new[^]*app web1: attached anew[^]*agent: connected anew/)
  t.same(await ends(), after)
})
