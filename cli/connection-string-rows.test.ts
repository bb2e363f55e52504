import { test } from 'tap'
import { namespacesFromConfig } from '../server/config/namespaces-from-config.ts'
import { publishedKeys } from '../server/config/rule-keys.ts'
import { connectionStringRows } from './connection-string-rows.ts'

const RULES = [
  { name: 'in', rights: ['Listen'] as const },
  { name: 'out', rights: ['Send'] as const },
]
const namespaces = namespacesFromConfig(
  [
    {
      name: 'contoso',
      hosts: ['relay.local'],
      hybridConnections: [{ name: 'sql', authorizationRules: RULES }, { name: 'web/hooks' }],
    },
    { name: 'fabrikam', hosts: ['f.local', 'g.local'], hybridConnections: [{ name: 'sql' }] },
  ],
  publishedKeys,
  0,
)
const hostsOf = (rows: readonly { host: string; connectionString: string }[]) =>
  rows.map(
    ({ host, connectionString }) => `${host} ${/sb:\/\/([^/]+)/.exec(connectionString)?.[1]}`,
  )

test('every rule has all host variants, the first namespace localhost (product 3)', async (t) => {
  t.same(
    hostsOf(
      connectionStringRows(namespaces, 9443, {
        namespace: 'CONTOSO',
        hybridConnection: 'SQL',
        rule: 'IN',
      }),
    ),
    ['local localhost:9443', 'configured relay.local:9443', 'azure contoso.servicebus.windows.net'],
  )
  t.same(
    hostsOf(
      connectionStringRows(namespaces, 9443, { namespace: 'fabrikam', hybridConnection: 'sql' }),
    ),
    ['local f.local:9443', 'configured g.local:9443', 'azure fabrikam.servicebus.windows.net'],
  )
})

test('a hybrid connection without rules is shown with those of its namespace', async (t) => {
  const rows = connectionStringRows(namespaces, 9443, { namespace: 'contoso' })
  const rules = (entity: string | null) => [
    ...new Set(rows.filter((row) => row.hybridConnection === entity).map((row) => row.rule)),
  ]
  t.same(rules(null), ['RootManageSharedAccessKey'])
  t.same(rules('sql'), ['in', 'out'])
  t.same(rules('web/hooks'), ['RootManageSharedAccessKey'])
})

test('asked for alone, a hybrid connection is shown with both', async (t) => {
  const rows = connectionStringRows(namespaces, 9443, {
    namespace: 'contoso',
    hybridConnection: 'sql',
  })
  t.same([...new Set(rows.map((row) => row.rule))], ['in', 'out', 'RootManageSharedAccessKey'])
  t.ok(rows.every((row) => row.connectionString.endsWith(';EntityPath=sql')))
})

test('with an unknown port only the names of Azure are left', async (t) => {
  t.same([...new Set(connectionStringRows(namespaces, null).map((row) => row.host))], ['azure'])
  t.same(connectionStringRows(namespaces, 9443, { namespace: 'none' }), [])
})
