import { test } from 'tap'
import { mintSasToken } from '../../protocol/sas.ts'
import { MemoryStore } from '../namespace/memory-store.ts'
import { type AuthorizedCall, authorizeToken } from './authorize.ts'
import { VerifiedTokens } from './verified-tokens.ts'

const NOW_MS = 1_700_000_000_000

/** A store with `contoso/sql` and `contoso/web`, a token for `sql`, and how the relay judges it. */
function fixture() {
  const store = new MemoryStore(() => NOW_MS)
  store.putNamespace('contoso', {})
  for (const name of ['sql', 'web']) store.putHybridConnection('contoso', name, {})
  const scope = { namespace: 'contoso', hybridConnection: 'sql' }
  const rule = store.putRule(scope, 'sender', ['Send'])
  const token = mintSasToken({
    resource: 'http://contoso.servicebus.windows.net/sql',
    keyName: 'sender',
    key: rule.primaryKey,
    expirySeconds: NOW_MS / 1000 + 60,
  })
  const verified = new VerifiedTokens()
  const judge = (claim: AuthorizedCall['claim'] = 'Send', entity = 'sql', nowMs = NOW_MS) => {
    const namespace = store.get('contoso')
    if (!namespace) throw new Error('no namespace')
    return authorizeToken(
      {
        namespace,
        hosts: ['contoso.servicebus.windows.net'],
        segments: [entity],
        hybridConnection: store.hybridConnection('contoso', entity),
        claim,
        verified,
      },
      token,
      nowMs,
    )
  }
  return { store, scope, judge }
}

test('a token that passed once passes again', (t) => {
  const { judge } = fixture()
  t.match(judge(), { rule: 'sender' })
  t.match(judge(), { rule: 'sender' })
  t.end()
})

test('expiry, claim and audience of a known token are checked each time', (t) => {
  const { judge } = fixture()
  t.ok(judge())
  t.throws(() => judge('Send', 'sql', NOW_MS + 61_000), { code: 'RELAY_TOKEN_EXPIRED' })
  t.throws(() => judge('Listen'), { code: 'RELAY_CLAIM_MISSING' })
  t.throws(() => judge('Send', 'web'), { code: 'RELAY_TOKEN_INVALID' })
  t.end()
})

test('a regenerated key or a deleted rule ends a known token at once', (t) => {
  const { store, scope, judge } = fixture()
  t.ok(judge())
  store.regenerateKey(scope, 'sender', 'PrimaryKey')
  t.throws(() => judge(), { code: 'RELAY_TOKEN_INVALID' })
  const other = fixture()
  t.ok(other.judge())
  other.store.deleteRule(other.scope, 'sender')
  t.throws(() => other.judge(), { code: 'RELAY_TOKEN_INVALID' })
  t.end()
})

test('the memory is bounded', (t) => {
  const verified = new VerifiedTokens()
  const { store, scope } = fixture()
  const rule = store.putRule(scope, 'sender', ['Send'])
  const entry = {
    rule,
    audience: { host: 'h', segments: [] },
    sas: { resource: '', signature: '', expirySeconds: 0, keyName: '', signedText: '' },
  }
  for (let count = 0; count <= 1_000; count++) verified.add(`token ${count}`, entry)
  t.equal(verified.find('token 0', [rule]), undefined)
  t.equal(verified.find('token 1000', [rule]), entry)
  t.end()
})
