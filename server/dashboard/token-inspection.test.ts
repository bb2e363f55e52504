import fc from 'fast-check'
import { test } from 'tap'
import { mintSasToken } from '../../protocol/sas.ts'
import { MemoryStore } from '../namespace/memory-store.ts'
import { inspectToken } from './token-inspection.ts'

const NOW_MS = Date.UTC(2030, 0, 1)
const IN_AN_HOUR = NOW_MS / 1000 + 3600
const RESOURCE = 'http://contoso.servicebus.windows.net/sql/'

function relay() {
  const store = new MemoryStore(() => NOW_MS)
  store.putNamespace('contoso', {})
  store.putHybridConnection('contoso', 'sql', {})
  const scope = { namespace: 'contoso', hybridConnection: 'sql' }
  const { primaryKey, secondaryKey } = store.putRule(scope, 'sender', ['Send'])
  const inspect = (token: string) =>
    inspectToken(token, { namespaces: store.list(), asked: store.list() }, NOW_MS)
  const mint = (more: Partial<Parameters<typeof mintSasToken>[0]> = {}) =>
    mintSasToken({
      resource: RESOURCE,
      keyName: 'sender',
      key: primaryKey,
      expirySeconds: IN_AN_HOUR,
      ...more,
    })
  /** The code word for listening and for sending, null where the token is taken. */
  const codes = async (token: string) => (await inspect(token)).verdicts.map(({ code }) => code)
  return { store, inspect, mint, codes, secondaryKey }
}

test('a good token is told in words, with what it may do', async (t) => {
  const { inspect, mint } = relay()
  t.same(await inspect(mint()), {
    kind: 'sas',
    audience: RESOURCE,
    rule: 'sender',
    expiresAt: '2030-01-01T01:00:00.000Z',
    verdicts: [
      { action: 'listen', hybridConnection: 'contoso/sql', ok: false, code: 'AuthorizationFailed' },
      { action: 'send', hybridConnection: 'contoso/sql', ok: true, code: null },
    ],
  })
})

test('the first check that fails is named by its code word (relay-protocol 2.8)', async (t) => {
  const { codes, mint, secondaryKey } = relay()
  const sendCode = async (token: string) => (await codes(token))[1]
  t.equal(await sendCode(mint({ key: secondaryKey })), null)
  t.equal(await sendCode(mint({ key: 'wrong' })), 'InvalidSignature')
  t.equal(await sendCode(mint({ keyName: 'nobody' })), 'InvalidSignature')
  t.equal(await sendCode(mint({ expirySeconds: NOW_MS / 1000 - 1 })), 'ExpiredToken')
  t.equal(
    await sendCode(mint({ resource: 'http://contoso.servicebus.windows.net/web' })),
    'InvalidAudience',
  )
  t.equal(await sendCode(mint({ resource: 'http://fabrikam.servicebus.windows.net.evil/' })), null)
  t.equal(
    await sendCode(mint({ resource: 'contoso.servicebus.windows.net/sql' })),
    'InvalidAudience',
  )
  t.equal(await sendCode('SharedAccessSignature sr=x'), 'MalformedToken')
  t.equal(await sendCode('nonsense'), 'MalformedToken')
})

test('with several namespaces a token for an unknown host is good for none', async (t) => {
  const { store, codes, mint } = relay()
  store.putNamespace('fabrikam', {})
  t.equal((await codes(mint({ resource: 'http://other.example/' })))[1], 'InvalidAudience')
  t.equal((await codes(mint({ resource: 'http://localhost:9443/sql' })))[1], null)
})

test('an anonymous sender needs no token, so none is refused (relay-protocol 2.4)', async (t) => {
  const { store, inspect } = relay()
  store.putHybridConnection('contoso', 'open', { requiresClientAuthorization: false })
  const verdicts = (await inspect('nonsense')).verdicts.filter(({ ok }) => ok)
  t.match(verdicts, [{ action: 'send', hybridConnection: 'contoso/open', code: null }])
})

test('a JWT is told by its claims', async (t) => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const token = `${part({ alg: 'RS256' })}.${part({ aud: 'https://relay.azure.net', exp: IN_AN_HOUR })}.sig`
  for (const text of [token, `Bearer ${token}`]) {
    t.match(await relay().inspect(text), {
      kind: 'jwt',
      audience: 'https://relay.azure.net',
      rule: null,
      expiresAt: '2030-01-01T01:00:00.000Z',
    })
  }
})

test('nothing that can be pasted throws, and no signature comes back', async (t) => {
  const { inspect, mint } = relay()
  const signature = /sig=([^&]+)/.exec(mint())?.[1] ?? 'none'
  t.notMatch(JSON.stringify(await inspect(mint())), decodeURIComponent(signature))
  const part = fc.base64String().map((text) => text.replaceAll('=', ''))
  const pasted = fc.oneof(
    fc.string(),
    fc.string().map((text) => `SharedAccessSignature ${text}`),
    fc
      .tuple(fc.string(), fc.string(), fc.integer(), fc.string())
      .map(([sr, sig, se, skn]) => `SharedAccessSignature sr=${sr}&sig=${sig}&se=${se}&skn=${skn}`),
    fc.tuple(part, part, part).map((parts) => parts.join('.')),
    fc.json().map((json) => `a.${Buffer.from(json).toString('base64url')}.b`),
    fc.double().map((exp) => `a.${Buffer.from(`{"exp":${exp}}`).toString('base64url')}.b`),
  )
  await fc.assert(
    fc.asyncProperty(pasted, async (text) => (await inspect(text)).verdicts.length === 2),
  )
})
