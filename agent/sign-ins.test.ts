import { inspect } from 'node:util'
import { type Test, test } from 'tap'
import type { HttpsJson, JsonAnswer } from './azure/https-json.ts'
import { SignIns } from './sign-ins.ts'

const TOKEN = 'CANARY-token'
const NS = '/subscriptions/s1/resourceGroups/rg1/providers/Microsoft.Relay/namespaces/contoso'
const METADATA = '[{"key":"endpoint","value":"db:5432"}]'
const STRING =
  'Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=r;SharedAccessKey=k'

/** A cloud that hands its token out when `approve` is called. `actions` are what the person may do. */
function fakeCloud(actions: readonly string[] = ['*']) {
  let isApproved = false
  const lists: Readonly<Record<string, unknown>> = {
    '/subscriptions': [{ subscriptionId: 's1', displayName: 'Dev' }],
    '/subscriptions/s1/providers/Microsoft.Relay/namespaces': [
      { id: NS, name: 'contoso', location: 'westeurope' },
    ],
    [`${NS}/hybridConnections`]: [
      { id: `${NS}/hybridConnections/a~b`, name: 'a/b', properties: { userMetadata: METADATA } },
    ],
    [`${NS}/providers/Microsoft.Authorization/permissions`]: [{ actions, notActions: [] }],
    [`${NS}/hybridConnections/a~b/authorizationRules`]: [
      { name: 'r', properties: { rights: ['Listen'] } },
    ],
  }
  const answer = (path: string): object | undefined => {
    if (path.endsWith('/devicecode')) {
      return {
        device_code: 'd',
        user_code: 'ABCD',
        verification_uri: 'https://x/',
        message: 'm',
        interval: 0,
      }
    }
    if (path.endsWith('/token')) {
      return isApproved
        ? { access_token: TOKEN, expires_in: 3600 }
        : { error: 'authorization_pending' }
    }
    if (path.endsWith('/listKeys')) return { primaryConnectionString: STRING }
    if (path.endsWith('/a~b')) return { properties: { userMetadata: METADATA } }
    return path in lists ? { value: lists[path] } : undefined
  }
  const http: HttpsJson = ({ url }): Promise<JsonAnswer> => {
    const body = answer(new URL(url).pathname)
    return Promise.resolve({ status: body ? 200 : 404, body: { ...body } })
  }
  return { http, approve: () => (isApproved = true) }
}

function opened(t: Test, http: HttpsJson, lifeMs?: number): SignIns {
  const deps = { http, armUrl: () => Promise.resolve(undefined), tenant: 'x', now: Date.now }
  const signIns = new SignIns({ ...deps, ...(lifeMs !== undefined && { lifeMs }) })
  t.teardown(() => signIns.close())
  return signIns
}

async function signedIn(signIns: SignIns, approve: () => void): Promise<string> {
  const { id } = await signIns.start()
  approve()
  while (signIns.row(id).state === 'waiting') await new Promise(setImmediate)
  return id
}

test('a person signs in, chooses, and nothing is left of it (dashboard 5)', async (t) => {
  const { http, approve } = fakeCloud()
  const signIns = opened(t, http)
  const begun = await signIns.start()
  t.match(begun, { state: 'waiting', userCode: 'ABCD', verificationUri: 'https://x/', error: null })
  await t.rejects(async () => signIns.subscriptions(begun.id), { code: 'RELAY_INPUT_INVALID' })
  const id = await signedIn(signIns, approve)
  t.strictSame(await signIns.subscriptions(id), [{ id: 's1', name: 'Dev' }])
  const [row, ...others] = await signIns.hybridConnections(id, 's1', () => true)
  t.strictSame(others, [])
  t.strictSame(row, {
    id: `${NS}/hybridConnections/a~b`,
    name: 'a/b',
    region: 'westeurope',
    namespace: 'contoso',
    endpoint: 'db:5432',
    isAdded: true,
    missingAction: null,
  })
  const stringOf = signIns.finish(id)
  t.throws(() => signIns.row(id), { code: 'RELAY_ITEM_NOT_FOUND' })
  t.equal(await stringOf(row?.id ?? ''), `${STRING};EntityPath=a/b`)
  await t.rejects(stringOf('/subscriptions/s1'), { code: 'RELAY_INPUT_INVALID' })
  await t.rejects(stringOf(`${NS}/hybridConnections/none`), { code: 'HCM_AZURE_FAILED' })
  signIns.drop(begun.id)
  t.notMatch(inspect(signIns, { showHidden: true, depth: 9 }), TOKEN)
})

test('who may not list keys is told the action that is missing', async (t) => {
  const { http, approve } = fakeCloud(['*/read'])
  const signIns = opened(t, http)
  const id = await signedIn(signIns, approve)
  t.match(await signIns.hybridConnections(id, 's1', () => false), [
    { missingAction: /authorizationRules\/listKeys\/action$/ },
  ])
})

test('a sign-in is forgotten after its time, whoever is still waiting', async (t) => {
  const { http } = fakeCloud()
  const signIns = opened(t, http, 1)
  const { id } = await signIns.start()
  while (isKept(signIns, id)) await new Promise(setImmediate)
  t.throws(() => signIns.row(id), { code: 'RELAY_ITEM_NOT_FOUND' })
})

function isKept(signIns: SignIns, id: string): boolean {
  try {
    signIns.row(id)
    return true
  } catch {
    return false
  }
}

test('a cloud that refuses says so', async (t) => {
  const http: HttpsJson = () =>
    Promise.resolve({ status: 400, body: { error: 'invalid_client', error_description: 'who?' } })
  await t.rejects(opened(t, http).start(), {
    code: 'HCM_AZURE_FAILED',
    message: 'signing in was refused: who?',
  })
})
