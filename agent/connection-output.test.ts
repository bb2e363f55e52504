import { test } from 'tap'
import { connectionObject, formatConnection, formatConnections } from './connection-output.ts'
import type { ConnectionRow } from './contract.ts'

const ROW: ConnectionRow = {
  name: 'sql',
  namespace: 'contoso',
  endpoint: 'db:5432',
  status: 'Connected',
  numberOfListeners: 2,
  serviceBusEndpoint: 'sb://contoso.servicebus.windows.net/',
  createdOn: '2026-01-01T00:00:00Z',
  lastUpdated: null,
  lastError: null,
  nextAttemptAt: null,
  note: null,
}

test('scripts find the members of the manager, in its order (product 5)', (t) => {
  t.strictSame(Object.keys(connectionObject(ROW)), [
    'Namespace',
    'Name',
    'Endpoint',
    'Status',
    'NumberOfListeners',
    'ServiceBusEndpoint',
    'CreatedOn',
    'LastUpdated',
  ])
  const troubled = { ...ROW, lastError: 'it is down', note: 'it has moved' }
  t.match(connectionObject(troubled), { Note: 'it is down; it has moved' })
  t.strictSame(JSON.parse(formatConnections([ROW], 'json')), [connectionObject(ROW)])
  t.end()
})

test('people get a table, and a control character of a peer never reaches the terminal', (t) => {
  const text = formatConnections([{ ...ROW, lastError: 'a\u001b[2Jb' }], 'table')
  t.match(
    text,
    /^NAMESPACE +NAME +STATUS +ENDPOINT +LISTENERS +NOTE\ncontoso +sql +Connected +db:5432 +2 +a\?\[2Jb\n$/,
  )
  t.match(formatConnection({ ...ROW, endpoint: '' }, 'table'), /^Endpoint +-$/m)
  t.end()
})
