import { test } from 'tap'
import { startAdmin } from '../testing/admin-fixture.ts'

const SAMPLE = '[{"key": "endpoint", "value : "host:1"}]'

test('metadata is judged before it is stored, and stored as it is whatever the judgement', async (t) => {
  const { call } = await startAdmin(t)
  const judged = await call('POST', '/metadata/lint', { userMetadata: SAMPLE })
  t.match(judged, {
    status: 200,
    body: { endpoint: null, findings: [{ code: 'doc-sample', level: 'error', at: 30 }] },
  })
  const entity = '/namespaces/contoso/hybridConnections/sample'
  t.match(await call('PUT', entity, { userMetadata: SAMPLE }), {
    body: { userMetadata: SAMPLE, endpoint: null, lint: [{ code: 'doc-sample' }] },
  })
})

test('usable metadata gives its endpoint and no finding', async (t) => {
  const { call } = await startAdmin(t)
  const userMetadata = '[{"key":"endpoint","value":"db.corp.local:5432"}]'
  t.same((await call('POST', '/metadata/lint', { userMetadata })).body, {
    findings: [],
    endpoint: { host: 'db.corp.local', port: 5432 },
  })
  t.match(await call('POST', '/metadata/lint', { userMetadata: 5 }), { status: 400 })
})
