import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'tap'
import {
  answerOf,
  entityWith,
  startAgent,
  startEndpoint,
  startSender,
  stringsOf,
} from '../harness/agent.ts'
import { callAdmin } from '../harness/facts.ts'
import { startRelay, type TestRelay } from '../harness/relay.ts'

const UNUSABLE = {
  none: '',
  prose: 'the database',
  sample: '[{"key": "endpoint", "value : "host:1"}]',
  object: '{"endpoint":"db:1"}',
  other: '[{"key":"host","value":"db:1"}]',
  two: '[{"key":"endpoint","value":"a:1"},{"key":"endpoint","value":"b:2"}]',
  url: '[{"key":"endpoint","value":"http://db:1"}]',
}

function setEndpoint(relay: TestRelay, entity: string, endpoint: string | null): Promise<unknown> {
  const userMetadata =
    endpoint === null ? undefined : JSON.stringify([{ key: 'endpoint', value: endpoint }])
  return callAdmin(relay, 'PUT', `namespaces/contoso/hybridConnections/${entity}`, {
    requiresClientAuthorization: true,
    userMetadata,
  })
}

test('a hybrid connection whose metadata names no endpoint is listed with the reason', async (t) => {
  const hybridConnections = Object.entries(UNUSABLE).map(([name, text]) => entityWith(name, text))
  const relay = await startRelay(t, {
    configuration: { namespaces: [{ name: 'contoso', hybridConnections }] },
  })
  const agent = await startAgent(t, relay)
  const reasons: Record<string, string> = {}
  for (const name of Object.keys(UNUSABLE)) {
    const shown = await agent.add(stringsOf(relay, name).listen)
    t.match(shown, { Endpoint: '', Status: 'Not connected', NumberOfListeners: 0 }, name)
    reasons[name] = shown.Note ?? ''
  }
  t.match(reasons, {
    none: /no userMetadata/,
    prose: /not JSON/,
    sample: /not JSON/,
    object: /not a JSON array/,
    other: /no entry with the key endpoint/,
    two: /2 endpoints/,
    url: /not HOST:PORT/,
  })
  t.equal((await agent.list()).length, Object.keys(UNUSABLE).length)
})

// product.md 5: NotFound means that the entity is gone.
test('a hybrid connection that named no endpoint is NotFound once it was deleted', async (t) => {
  const relay = await startRelay(t, {
    configuration: {
      namespaces: [{ name: 'contoso', hybridConnections: [entityWith('none', '')] }],
    },
  })
  const agent = await startAgent(t, relay)
  // A key of the namespace outlives the entity, so that the relay says 404 and not 401.
  const namespaceString = relay.server.ready.namespaces[0]?.connectionString
  const shown = await agent.add(`${namespaceString};EntityPath=none`)
  t.match(shown, { Status: 'Not connected' })
  await callAdmin(relay, 'DELETE', 'namespaces/contoso/hybridConnections/none')
  t.match(await agent.list(), [{ Status: 'NotFound', Note: /404/ }])
})

test('an endpoint that changes later is shown, and taken over by a restart only', async (t) => {
  const old = await startEndpoint(t, (socket) => socket.resume().end('old'))
  const fresh = await startEndpoint(t, (socket) => socket.resume().end('fresh'))
  const relay = await startRelay(t, {
    configuration: {
      namespaces: [
        {
          name: 'contoso',
          hybridConnections: [entityWith('sql', { endpoint: `127.0.0.1:${old}` })],
        },
      ],
    },
  })
  const agent = await startAgent(t, relay)
  await agent.add(stringsOf(relay, 'sql').listen)
  const sender = startSender(t, relay, 'sql')
  const ask = () => answerOf(sender)
  await setEndpoint(relay, 'sql', `127.0.0.1:${fresh}`)
  t.match(await agent.list(), [
    {
      Endpoint: `127.0.0.1:${old}`,
      Status: 'Connected',
      Note: `userMetadata names 127.0.0.1:${fresh} by now; hcm restart contoso/sql takes it over`,
    },
  ])
  t.match(await agent.logged('userMetadata has changed'), `127.0.0.1:${fresh}`)
  t.equal(await ask(), 'old', 'until then the old one is served')
  t.match(await agent.hcm(['restart', 'contoso/sql']), { code: 0 })
  const [shown] = await agent.list()
  t.match(shown, { Endpoint: `127.0.0.1:${fresh}`, Status: 'Connected' })
  t.notOk(shown && 'Note' in shown)
  t.equal(await ask(), 'fresh')

  await setEndpoint(relay, 'sql', null)
  t.match(await agent.list(), [
    { Endpoint: `127.0.0.1:${fresh}`, Note: /names no endpoint by now/ },
  ])
  await agent.hcm(['restart', 'contoso/sql'])
  t.match(await agent.list(), [{ Endpoint: '', Status: 'Not connected', Note: /no userMetadata/ }])
})

test('removed and added again, just added again, or refreshed, a hybrid connection has the endpoint of today', async (t) => {
  const relay = await startRelay(t, {
    configuration: {
      namespaces: [
        { name: 'contoso', hybridConnections: [entityWith('sql', { endpoint: 'a.example:1' })] },
      ],
    },
  })
  const agent = await startAgent(t, relay)
  const { listen } = stringsOf(relay, 'sql')
  t.match(await agent.add(listen), { Endpoint: 'a.example:1' })
  await setEndpoint(relay, 'sql', 'b.example:2')
  t.match(await agent.hcm(['remove', '-ns', 'contoso', '-n', 'sql']), { code: 0 })
  t.match(await agent.add(listen), { Endpoint: 'b.example:2', Status: 'Connected' })
  await setEndpoint(relay, 'sql', 'c.example:3')
  t.match(await agent.add(listen), { Endpoint: 'c.example:3', Status: 'Connected' })
  await setEndpoint(relay, 'sql', 'd.example:4')
  const { url, token } = JSON.parse(await readFile(join(agent.stateDir, 'control.json'), 'utf8'))
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const refreshed = await fetch(`${url}/api/v1/refresh`, { method: 'POST', headers, body: '{}' })
  t.match(await refreshed.json(), { items: [{ endpoint: 'd.example:4', status: 'Connected' }] })
  t.equal((await agent.list()).length, 1)
})

test('a wrong key and an unknown hybrid connection are told when they are added', async (t) => {
  const relay = await startRelay(t, {
    configuration: {
      namespaces: [
        { name: 'contoso', hybridConnections: [entityWith('sql', { endpoint: 'a.example:1' })] },
      ],
    },
  })
  const agent = await startAgent(t, relay)
  const { listen } = stringsOf(relay, 'sql')
  t.match(await agent.add(listen.replace(/SharedAccessKey=[^;]+/, 'SharedAccessKey=d3Jvbmc=')), {
    Endpoint: '',
    Status: 'Not connected',
    Note: /401 InvalidSignature/,
  })
  await agent.hcm(['remove', 'contoso/sql'])
  const { connectionString } = relay.server.ready.namespaces[0]!
  t.match(await agent.add(`${connectionString};EntityPath=nowhere`), { Status: 'NotFound' })
})
