import { test } from 'tap'
import { mintSasToken } from '../protocol/sas.ts'
import { explainToken } from './token-explanation.ts'

const NOW = Date.parse('2030-01-01T00:00:00Z')
const sas = (resource: string, lifeSeconds: number) =>
  mintSasToken({
    resource,
    keyName: 'defaultSender',
    key: 'secret',
    expirySeconds: NOW / 1000 + lifeSeconds,
  })
const jwt = (claims: object) =>
  [{ alg: 'RS256' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.') + '.c2ln'

test('a SAS token is told field by field, its signature kept back', async (t) => {
  const token = sas('http://contoso.servicebus.windows.net/sql', 3600)
  const explanation = explainToken(token, NOW)
  t.match(explanation, {
    kind: 'sas',
    isExpired: false,
    refusal: null,
    expiresAt: '2030-01-01T01:00:00.000Z',
  })
  t.match(
    explanation.fields.map(({ name, value }) => [name, value]),
    [
      ['sr', 'http://contoso.servicebus.windows.net/sql'],
      ['sig', '(44 characters)'],
      ['se', '1893459600'],
      ['skn', 'defaultSender'],
    ],
  )
  t.match(explanation.fields[2]?.meaning, /in 1 hour/)
  const signature = decodeURIComponent(/sig=([^&]+)/.exec(token)?.[1] ?? '')
  t.notOk(JSON.stringify(explanation).includes(signature))
})

test('an audience is told as namespace or hybrid connection', async (t) => {
  t.match(
    explainToken(sas('sb://h.example/', 1), NOW).fields[0]?.meaning,
    /every hybrid connection of h\.example/,
  )
  t.match(
    explainToken(sas('sb://h.example:443/$hc/a/b?x=1', 1), NOW).fields[0]?.meaning,
    /a\/b on h\.example/,
  )
})

test('what form and time refuse is told with the code word of relay-protocol 2.8', async (t) => {
  t.match(explainToken(sas('http://h.example/', -60), NOW), {
    isExpired: true,
    refusal: { code: 'ExpiredToken', message: /1 minute ago/ },
  })
  t.match(explainToken(sas('h.example/sql', 60), NOW).refusal, { code: 'InvalidAudience' })
  t.match(explainToken('SharedAccessSignature sr=a&se=1', NOW).refusal, {
    code: 'MalformedToken',
    message: /sig|skn/,
  })
  t.match(explainToken('hello', NOW), { kind: 'unknown', refusal: { code: 'MalformedToken' } })
})

test('a JWT is told claim by claim', async (t) => {
  const explanation = explainToken(
    `Bearer ${jwt({ aud: 'https://relay.azure.net', exp: NOW / 1000 - 3600, x: [1] })}`,
    NOW,
  )
  t.match(explanation, { kind: 'jwt', isExpired: true, refusal: { code: 'ExpiredToken' } })
  t.same(
    explanation.fields.map(({ name, value }) => `${name}=${value}`),
    ['alg=RS256', 'aud=https://relay.azure.net', `exp=${NOW / 1000 - 3600}`, 'x=[1]'],
  )
  t.match(explainToken(jwt({}), NOW).refusal?.message, /exp is missing/)
  t.match(explainToken('a.b.c', NOW), { kind: 'unknown', refusal: { message: /not JSON/ } })
})
