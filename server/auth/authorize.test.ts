import { test } from 'tap'
import type { Claim, HybridConnection, Namespace } from '../../protocol/entity.ts'
import { mintSasToken } from '../../protocol/sas.ts'
import { type AuthorizedCall, authorize, authorizeToken } from './authorize.ts'
import type { Credential } from './token-source.ts'

const NOW_MS = Date.UTC(2030, 0, 1)
const NOW_SECONDS = NOW_MS / 1000
const HOST = 'contoso.servicebus.windows.net'

const rule = (name: string, rights: readonly Claim[], key = name) => ({
  name,
  rights,
  primaryKey: `${key}-primary`,
  secondaryKey: `${key}-secondary`,
})
const MADE = { origin: 'file', createdAt: '', updatedAt: '' } as const
const HYCO: HybridConnection = {
  name: 'hyco',
  requiresClientAuthorization: true,
  userMetadata: undefined,
  authorizationRules: [
    rule('listener', ['Listen']),
    rule('sender', ['Send']),
    rule('both', ['Send']),
  ],
  ...MADE,
}
const CONTOSO: Namespace = {
  name: 'contoso',
  hosts: [],
  location: 'westeurope',
  authorizationRules: [rule('root', ['Manage']), rule('both', ['Listen'], 'other')],
  hybridConnections: [HYCO],
  ...MADE,
}
const LISTEN: AuthorizedCall = {
  namespace: CONTOSO,
  hosts: [HOST],
  segments: ['hyco', 'suffix'],
  hybridConnection: HYCO,
  claim: 'Listen',
}
const SEND: AuthorizedCall = { ...LISTEN, claim: 'Send' }

type Mint = { rule?: string; key?: string; path?: string; host?: string; seconds?: number }

function token({
  rule: name = 'root',
  key,
  path = '',
  host = HOST,
  seconds = 60,
}: Mint = {}): string {
  return mintSasToken({
    resource: `http://${host}/${path}`,
    keyName: name,
    key: key ?? `${name}-primary`,
    expirySeconds: NOW_SECONDS + seconds,
  })
}

function credential(...readings: string[]): Credential {
  return { kind: 'token', place: 'query', readings }
}

/** Refusals in the words of relay-protocol 2.8. */
const REFUSALS: [string, AuthorizedCall, Credential, string, number, string | RegExp][] = [
  [
    'none',
    SEND,
    { kind: 'none' },
    'RELAY_TOKEN_MISSING',
    401,
    'MissingToken: Relay security token is required.',
  ],
  ['no token', SEND, credential('nonsense'), 'RELAY_TOKEN_MALFORMED', 401, /^MalformedToken: /],
  [
    'a JWT, where nobody judges one',
    SEND,
    credential('aaaa.bbbb.cccc'),
    'RELAY_TOKEN_INVALID',
    401,
    /^InvalidSignature: /,
  ],
  [
    'a wrong key',
    SEND,
    credential(token({ key: 'wrong' })),
    'RELAY_TOKEN_INVALID',
    401,
    'InvalidSignature: The token has an invalid signature.',
  ],
  [
    'an unknown rule',
    SEND,
    credential(token({ rule: 'nobody' })),
    'RELAY_TOKEN_INVALID',
    401,
    /^InvalidSignature: /,
  ],
  [
    'an ended token',
    SEND,
    credential(token({ seconds: -1 })),
    'RELAY_TOKEN_EXPIRED',
    401,
    "ExpiredToken: The token is expired. Expiration time: '2029-12-31 23:59:59Z'.",
  ],
  [
    'another host',
    SEND,
    credential(token({ host: 'fabrikam.servicebus.windows.net' })),
    'RELAY_TOKEN_AUDIENCE',
    401,
    'InvalidAudience: The authorization header contains a token with a wrong audience.',
  ],
  [
    'another entity',
    SEND,
    credential(token({ path: 'hyco2' })),
    'RELAY_TOKEN_AUDIENCE',
    401,
    /^InvalidAudience: /,
  ],
  [
    'the right to listen only',
    SEND,
    credential(token({ rule: 'listener' })),
    'RELAY_CLAIM_MISSING',
    401,
    'Authorization failed for specified action: Send.',
  ],
  [
    'the right to send only',
    LISTEN,
    credential(token({ rule: 'sender' })),
    'RELAY_CLAIM_MISSING',
    401,
    'Authorization failed for specified action: Listen.',
  ],
  [
    'a key that is not the rule’s',
    SEND,
    { kind: 'key', keyName: 'root', key: 'root' },
    'RELAY_TOKEN_INVALID',
    401,
    /^InvalidSignature: /,
  ],
]
for (const [name, call, given, code, status, text] of REFUSALS) {
  test(`refused with ${code}: ${name}`, async (t) => {
    t.throws(() => authorize(call, given, NOW_MS), { code, status, message: text })
  })
}

test('a token is good until the end of its last second', async (t) => {
  t.ok(authorizeToken(SEND, token({ seconds: 0 }), NOW_MS))
  t.throws(() => authorizeToken(SEND, token({ seconds: 0 }), NOW_MS + 1), {
    code: 'RELAY_TOKEN_EXPIRED',
  })
})

test('a grant names the rule and the end of the right', async (t) => {
  t.strictSame(
    authorize(SEND, credential(token({ rule: 'SENDER', key: 'sender-primary' })), NOW_MS),
    {
      rule: 'sender',
      expiresAtMs: NOW_MS + 60_000,
    },
  )
})

test('the secondary key signs as well as the primary', async (t) => {
  t.match(authorizeToken(SEND, token({ rule: 'sender', key: 'sender-secondary' }), NOW_MS), {
    rule: 'sender',
  })
})

test('a rule of the entity comes before one of that name of the namespace, and both keys count', async (t) => {
  t.ok(authorizeToken(SEND, token({ rule: 'both' }), NOW_MS))
  t.throws(() => authorizeToken(LISTEN, token({ rule: 'both' }), NOW_MS), {
    code: 'RELAY_CLAIM_MISSING',
  })
  t.ok(authorizeToken(LISTEN, token({ rule: 'both', key: 'other-primary' }), NOW_MS))
})

test('Manage implies the other two, and any valid token does where no claim is asked for', async (t) => {
  for (const claim of ['Listen', 'Send', 'Manage'] as const) {
    t.ok(authorizeToken({ ...LISTEN, claim }, token(), NOW_MS))
  }
  t.ok(authorizeToken({ ...LISTEN, claim: null }, token({ rule: 'sender' }), NOW_MS))
})

test('the audience may be the namespace, the entity, or a path below it', async (t) => {
  for (const path of ['', 'hyco', 'HYCO/', 'hyco/suffix', '$hc/hyco']) {
    t.ok(authorizeToken(SEND, token({ path }), NOW_MS), path)
  }
  t.throws(() => authorizeToken(SEND, token({ path: 'hyco/suffix/deeper' }), NOW_MS), {
    code: 'RELAY_TOKEN_AUDIENCE',
  })
})

test('a rule of an entity is nobody where the path names no entity, relay-protocol 2.8', async (t) => {
  const unknown: AuthorizedCall = { ...SEND, segments: ['nothing'], hybridConnection: undefined }
  t.ok(authorizeToken(unknown, token(), NOW_MS), 'the entity is missed later, with 404')
  t.throws(() => authorizeToken(unknown, token({ rule: 'sender' }), NOW_MS), {
    code: 'RELAY_TOKEN_INVALID',
  })
})

test('anonymous senders need nothing and a bad token does no harm; listeners always need one', async (t) => {
  const open = { ...HYCO, requiresClientAuthorization: false }
  t.equal(authorize({ ...SEND, hybridConnection: open }, { kind: 'none' }, NOW_MS), null)
  t.equal(authorize({ ...SEND, hybridConnection: open }, credential('bad'), NOW_MS), null)
  t.throws(() => authorize({ ...LISTEN, hybridConnection: open }, { kind: 'none' }, NOW_MS), {
    code: 'RELAY_TOKEN_MISSING',
  })
})

test('a key pair is as good as a token and never ends', async (t) => {
  for (const key of ['sender-primary', 'sender-secondary']) {
    t.strictSame(authorize(SEND, { kind: 'key', keyName: 'Sender', key }, NOW_MS), {
      rule: 'sender',
      expiresAtMs: Infinity,
    })
  }
})

test('the second reading is tried when the first is malformed or signed otherwise, and the first fault is told', async (t) => {
  const good = token()
  t.ok(authorize(SEND, credential('nonsense', good), NOW_MS))
  t.ok(authorize(SEND, credential(token({ key: 'wrong' }), good), NOW_MS))
  t.throws(() => authorize(SEND, credential(token({ key: 'wrong' }), 'nonsense'), NOW_MS), {
    code: 'RELAY_TOKEN_INVALID',
  })
  t.throws(() => authorize(SEND, credential(token({ seconds: -1 }), good), NOW_MS), {
    code: 'RELAY_TOKEN_EXPIRED',
  })
})

test('no refusal repeats the token or the key', async (t) => {
  for (const [name, call, given] of REFUSALS) {
    try {
      void authorize(call, given, NOW_MS)
      t.fail(name)
    } catch (error) {
      const secrets =
        given.kind === 'token' ? given.readings : given.kind === 'key' ? [given.key] : []
      for (const secret of secrets) {
        if (secret.length > 10) t.notOk((error as Error).message.includes(secret), name)
      }
    }
  }
})

test('a JWT is judged at the door of Entra ID, and nowhere else', async (t) => {
  const asked: string[] = []
  const grant = { rule: 'principal', expiresAtMs: NOW_MS + 1 }
  const entra = {
    authorize: async ({ claim }: { claim: Claim | null }, text: string) => {
      asked.push(`${claim} ${text}`)
      return grant
    },
  }
  const call = { ...LISTEN, entra }
  t.same(await authorize(call, credential('Bearer aaaa.bbbb.cccc'), NOW_MS), grant)
  t.same(await authorizeToken(call, token(), NOW_MS), authorizeToken(LISTEN, token(), NOW_MS))
  t.same(asked, ['Listen Bearer aaaa.bbbb.cccc'])
})
