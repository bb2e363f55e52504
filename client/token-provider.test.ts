import { test } from 'tap'
import { mintSasToken, parseSasToken, verifySasSignature } from '../protocol/sas.ts'
import {
  callbackTokenProvider,
  entraTokenProvider,
  fixedTokenProvider,
  type RelayToken,
  renewalDelayMs,
  repeatDelayMs,
  sasTokenProvider,
  tokenFrom,
} from './token-provider.ts'

const AUDIENCE = 'http://contoso.servicebus.windows.net/hyco/'
const never = new AbortController().signal

test('a SAS provider signs for the audience with the key and tells the end', async (t) => {
  const provider = sasTokenProvider({
    keyName: 'r',
    key: 'k',
    lifetimeSeconds: 60,
    now: () => 5_500,
  })
  const { token, expiresAtMs } = await provider.getToken(AUDIENCE, never)
  const read = parseSasToken(token)
  t.ok(verifySasSignature(read, ['k']))
  t.match(read, { keyName: 'r', expirySeconds: 65, resource: encodeURIComponent(AUDIENCE) })
  t.equal(expiresAtMs, 65_000)
})

test('a fixed token tells its own end, SAS or JWT, and none when it has none', async (t) => {
  const sas = mintSasToken({ resource: AUDIENCE, keyName: 'r', key: 'k', expirySeconds: 77 })
  const jwt = (claims: object) =>
    `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.sig`
  const endOf = async (token: string) =>
    (await fixedTokenProvider(token).getToken(AUDIENCE, never)).expiresAtMs
  t.equal(await endOf(sas), 77_000)
  t.equal(await endOf(jwt({ exp: 88 })), 88_000)
  t.equal(await endOf(jwt({})), Infinity)
  t.equal(await endOf('nonsense'), Infinity)
})

test('an Entra credential is asked for the scope of Azure Relay (relay-protocol 2.6)', async (t) => {
  const scopes: string[] = []
  const provider = entraTokenProvider({
    getToken: async (scope) => {
      scopes.push(scope)
      return { token: 'jwt', expiresOnTimestamp: 9 }
    },
  })
  t.same(await tokenFrom(provider, AUDIENCE, never), { token: 'jwt', expiresAtMs: 9 })
  t.same(scopes, ['https://relay.azure.net/.default'])
  const empty = entraTokenProvider({ getToken: async () => null })
  await t.rejects(tokenFrom(empty, AUDIENCE, never), { code: 'RELAY_TOKEN_UNAVAILABLE' })
})

test('a provider that fails or hangs neither hides its reason nor holds the caller', async (t) => {
  const cause = new Error('no identity')
  const failing = callbackTokenProvider(async () => {
    throw cause
  })
  await t.rejects(tokenFrom(failing, AUDIENCE, never), { code: 'RELAY_TOKEN_UNAVAILABLE', cause })
  const abort = new AbortController()
  const hanging = tokenFrom(
    callbackTokenProvider(() => new Promise(() => {})),
    AUDIENCE,
    abort.signal,
  )
  abort.abort(new Error('enough'))
  await t.rejects(hanging, { message: 'enough' })
})

test('a provider that gives no token, or no end, is told so instead of asked without pause', async (t) => {
  const given: [unknown, RegExp][] = [
    [undefined, /gave no token/],
    ['SharedAccessSignature sr=h', /gave no token/],
    [{ token: 'jwt\n', expiresAtMs: Infinity }, /line break/],
    [{ token: 'jwt' }, /expiresAtMs/],
    [{ token: 'jwt', expiresAtMs: NaN }, /expiresAtMs/],
  ]
  for (const [answer, message] of given) {
    const provider = callbackTokenProvider(async () => answer as RelayToken)
    const wanted = { code: 'RELAY_TOKEN_UNAVAILABLE', message }
    await t.rejects(tokenFrom(provider, AUDIENCE, never), wanted, String(message))
  }
})

test('a token is renewed after four fifths of its life, a long one five minutes before its end', async (t) => {
  t.equal(renewalDelayMs(5_000, 0), 4_000)
  t.equal(renewalDelayMs(3_600_000, 0), 3_300_000)
  t.equal(renewalDelayMs(0, 10), 1_000, 'never at once: each next one may have ended as well')
  t.equal(renewalDelayMs(Infinity, 0), Infinity)
  t.equal(repeatDelayMs(8_000, 0), 4_000)
  t.equal(repeatDelayMs(1_000, 0), Infinity)
})
