import { test } from 'tap'
import { clientEnvironment } from './client-environment.ts'

const namespace = (name: string, entities: readonly string[]) => ({
  name,
  connectionString: `${name}-root`,
  hybridConnections: entities.map((entity) => ({
    name: entity,
    listenConnectionString: `${name}-${entity}-listen`,
    sendConnectionString: `${name}-${entity}-send`,
  })),
})
const adminUrl = 'http://127.0.0.1:9400'

test('the first namespace has the short names, others carry theirs', async (t) => {
  const namespaces = [namespace('local-relay', ['demo', 'a.b/c']), namespace('other-one', ['demo'])]
  t.same(clientEnvironment({ adminUrl, trust: null, namespaces }), {
    RELAY_EMULATOR_ADMIN_URL: adminUrl,
    RELAY_CONNECTION_STRING: 'local-relay-root',
    RELAY_LISTEN_CONNECTION_STRING_DEMO: 'local-relay-demo-listen',
    RELAY_SEND_CONNECTION_STRING_DEMO: 'local-relay-demo-send',
    RELAY_LISTEN_CONNECTION_STRING_A_B_C: 'local-relay-a.b/c-listen',
    RELAY_SEND_CONNECTION_STRING_A_B_C: 'local-relay-a.b/c-send',
    RELAY_CONNECTION_STRING_OTHER_ONE: 'other-one-root',
    RELAY_LISTEN_CONNECTION_STRING_OTHER_ONE_DEMO: 'other-one-demo-listen',
    RELAY_SEND_CONNECTION_STRING_OTHER_ONE_DEMO: 'other-one-demo-send',
  })
})

test('of two names that fall together the first keeps the variable', async (t) => {
  const variables = clientEnvironment({
    adminUrl,
    trust: null,
    namespaces: [namespace('n', ['a-b', 'a.b'])],
  })
  t.equal(variables.RELAY_LISTEN_CONNECTION_STRING_A_B, 'n-a-b-listen')
})

test('Node gets the CA in addition to its roots, the others a bundle in place of theirs', async (t) => {
  const trust = { caFile: '/ca.pem', bundleFile: '/bundle.pem' }
  t.match(clientEnvironment({ adminUrl, trust, namespaces: [] }), {
    RELAY_EMULATOR_CA: '/ca.pem',
    NODE_EXTRA_CA_CERTS: '/ca.pem',
    SSL_CERT_FILE: '/bundle.pem',
    REQUESTS_CA_BUNDLE: '/bundle.pem',
    CURL_CA_BUNDLE: '/bundle.pem',
  })
})

test('a string that no rule can make sets no variable', async (t) => {
  const empty = { ...namespace('n', []), connectionString: '' }
  t.same(clientEnvironment({ adminUrl, trust: null, namespaces: [empty] }), {
    RELAY_EMULATOR_ADMIN_URL: adminUrl,
  })
})
