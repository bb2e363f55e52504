import assert from 'node:assert/strict'
import type { RelayBench } from '../bench.ts'
import { nowSeconds } from '../credential.ts'
import { checkRefusal } from '../expectations.ts'
import { type Handmade, handmade } from '../handmade-token.ts'
import { type RelayCase, type RelaySuite, SIGNING } from '../needs.ts'
import { SAS_PLACES } from './sas-places.ts'
import { SAS_RIGHTS } from './sas-rights.ts'

async function listensWith(bench: RelayBench, token: string): Promise<void> {
  const { peer } = await bench.tryListen({ token })
  const { status, reason } = await peer.head()
  peer.sendClose(1000)
  assert.equal(status, 101, `answer to the listener (${reason})`)
}

async function refusedWith(bench: RelayBench, token: string, reason: RegExp): Promise<void> {
  const { peer } = await bench.tryListen({ token })
  checkRefusal(await peer.head(), 401, reason)
}

const AUDIENCES: readonly [
  name: string,
  level: RelayCase['level'],
  title: string,
  resource: (host: string, path: string) => string,
  isNamespaceLevel?: true,
][] = [
  ['dotnet', 'MUST', 'the .NET client: http://HOST/ENTITY/', (h, p) => `http://${h}/${p}/`],
  ['dotnet-raw', 'MUST', 'the .NET tests: http://HOST/', (h) => `http://${h}/`, true],
  ['hyco', 'MUST', 'hyco-ws: http://HOST:443/ENTITY', (h, p) => `http://${h}:443/${p}`],
  ['hyco-https', 'MUST', 'hyco-https: http://HOST/ENTITY', (h, p) => `http://${h}/${p}`],
  ['hyco-websocket', 'MUST', 'the hyco-websocket sample: http://HOST', (h) => `http://${h}`, true],
  ['java-listener', 'MUST', 'the Java listener: sb://HOST/ENTITY', (h, p) => `sb://${h}/${p}`],
  ['java-sender', 'MUST', 'the Java sender: sb://HOST', (h) => `sb://${h}`, true],
  ['java-sender-port', 'MUST', 'the Java sender: sb://HOST:PORT', (h) => `sb://${h}:443`, true],
  ['https', 'ASSUMED', 'https://HOST/ENTITY', (h, p) => `https://${h}/${p}`],
  ['wss', 'ASSUMED', 'wss://HOST/ENTITY', (h, p) => `wss://${h}/${p}`],
  ['with-hc', 'ASSUMED', 'wss://HOST/$hc/ENTITY', (h, p) => `wss://${h}/$hc/${p}`],
  ['query', 'ASSUMED', 'http://HOST/ENTITY?a=b', (h, p) => `http://${h}/${p}?a=b`],
  ['host-case', 'ASSUMED', 'the host in capitals', (h, p) => `HTTP://${h.toUpperCase()}/${p}`],
  ['path-case', 'ASSUMED', 'the path in capitals', (h, p) => `http://${h}/${p.toUpperCase()}/`],
]

const audienceCases = AUDIENCES.map(
  ([name, level, title, resource, isNamespaceLevel]): RelayCase => ({
    id: `sas.audience.${name}`,
    level,
    source: '2.2',
    title: `a token may name its audience as ${title}`,
    needs: isNamespaceLevel ? [...SIGNING, 'namespaceRule'] : SIGNING,
    run: (bench) =>
      listensWith(bench, bench.listenToken({ resource: resource(bench.host, bench.entity.path) })),
  }),
)

const WRONG_AUDIENCES: readonly [name: string, title: string, (h: string, p: string) => string][] =
  [
    ['no-scheme', 'without a scheme', (h, p) => `${h}/${p}`],
    ['other-host', 'of another host', (_h, p) => `http://other.example/${p}/`],
    ['other-entity', 'of a name that begins alike', (h, p) => `http://${h}/${p}2/`],
    ['part-of-name', 'of a part of the name', (h, p) => `http://${h}/${p.slice(0, -1)}/`],
    ['longer-path', 'of a longer path than the call', (h, p) => `http://${h}/${p}/deeper`],
  ]

const wrongAudienceCases = WRONG_AUDIENCES.map(([name, title, resource]): RelayCase => ({
  id: `sas.audience.refused-${name}`,
  level: 'MUST',
  source: '2.2, 2.8',
  title: `an audience ${title} is refused: 401 InvalidAudience`,
  needs: SIGNING,
  run: (bench) =>
    refusedWith(
      bench,
      bench.listenToken({ resource: resource(bench.host, bench.entity.path) }),
      /InvalidAudience: The authorization header contains a token with a wrong audience/,
    ),
}))

/** Tokens that are written by hand and must open a control channel. */
const GOOD_FORMS: readonly [
  name: string,
  level: RelayCase['level'],
  title: string,
  (bench: RelayBench) => Handmade,
][] = [
  [
    'field-order',
    'MUST',
    'the fields come in any order',
    () => ({ lay: (f) => `SharedAccessSignature skn=${f.skn}&se=${f.se}&sig=${f.sig}&sr=${f.sr}` }),
  ],
  [
    'scheme-case',
    'MUST',
    'SharedAccessSignature is compared without case',
    () => ({ lay: (f) => `sharedaccesssignature sr=${f.sr}&sig=${f.sig}&se=${f.se}&skn=${f.skn}` }),
  ],
  [
    'field-case',
    'SHOULD',
    'names of fields are compared without case',
    () => ({ lay: (f) => `SharedAccessSignature SR=${f.sr}&Sig=${f.sig}&SE=${f.se}&SKN=${f.skn}` }),
  ],
  [
    'lower-case-hex',
    'MUST',
    'the audience is signed as it is written, with lower-case hex',
    ({ host, entity }) => ({
      sr: `http%3a%2f%2f${host}%2f${entity.path.replaceAll('/', '%2f')}%2f`,
    }),
  ],
  [
    'sb-lower-case-hex',
    'MUST',
    'an audience with sb and lower-case hex, as people write it by hand',
    ({ host, entity }) => ({ sr: `sb%3a%2f%2f${host}%2f${entity.path.replaceAll('/', '%2f')}` }),
  ],
  [
    'rule-case',
    'SHOULD',
    'the name of the rule is compared without case',
    ({ entity }) => ({
      skn: entity.listen?.kind === 'key' ? entity.listen.keyName.toUpperCase() : '',
    }),
  ],
  [
    'unknown-field',
    'ASSUMED',
    'an unknown field is ignored',
    () => ({
      lay: (f) => `SharedAccessSignature sr=${f.sr}&sig=${f.sig}&se=${f.se}&skn=${f.skn}&x=1`,
    }),
  ],
]

const goodFormCases = GOOD_FORMS.map(([name, level, title, input]): RelayCase => ({
  id: `sas.form.${name}`,
  level,
  source: '2.1',
  title,
  needs: SIGNING,
  run: (bench) => listensWith(bench, handmade(bench, input(bench))),
}))

const FIELDS = ['sr', 'sig', 'se', 'skn'] as const
const badFormCases = FIELDS.flatMap((field) =>
  (['missing', 'doubled'] as const).map((how): RelayCase => ({
    id: `sas.form.${field}-${how}`,
    level: 'SHOULD',
    source: '2.1, 2.8',
    title: `a token whose ${field} is ${how} is refused: 401 MalformedToken`,
    needs: SIGNING,
    run: (bench) => {
      const lay: Handmade['lay'] = (fields) => {
        const kept = FIELDS.filter((name) => name !== field || how === 'doubled')
        const list = how === 'doubled' ? [...kept, field] : kept
        return `SharedAccessSignature ${list.map((name) => `${name}=${fields[name]}`).join('&')}`
      }
      return refusedWith(bench, handmade(bench, { lay }), /^Malformed ?Token/)
    },
  })),
)

/** Tokens whose signature is not that of the rule. */
const BAD_SIGNATURES: readonly [
  name: string,
  level: RelayCase['level'],
  title: string,
  (bench: RelayBench) => Handmade,
][] = [
  ['other-key', 'MUST', 'made with another key', () => ({ key: 'not the key' })],
  [
    'decoded-key',
    'MUST',
    'made with the key decoded from base64',
    ({ entity }) => ({
      key: Buffer.from(entity.listen?.kind === 'key' ? entity.listen.key : '', 'base64'),
    }),
  ],
  [
    'decoded-audience',
    'MUST',
    'made over the decoded audience',
    ({ host, entity }) => {
      const se = String(nowSeconds() + 600)
      return { se, message: `http://${host}/${entity.path}/\n${se}` }
    },
  ],
  ['unknown-rule', 'ASSUMED', 'of a rule that does not exist', () => ({ skn: 'nobody' })],
]

const signatureCases = BAD_SIGNATURES.map(([name, level, title, input]): RelayCase => ({
  id: `sas.signature.${name}`,
  level,
  source: '2.1, 2.8',
  title: `a signature ${title} is refused: 401, "token has an invalid signature"`,
  needs: SIGNING,
  run: (bench) =>
    refusedWith(bench, handmade(bench, input(bench)), /token has an invalid signature/),
}))

const EXPIRIES: readonly [name: string, level: RelayCase['level'], seconds: number][] = [
  ['long-ago', 'SHOULD', -3600],
  ['just-now', 'ASSUMED', -2],
]

const expiryCases = EXPIRIES.map(([name, level, seconds]): RelayCase => ({
  id: `sas.expiry.${name}`,
  level,
  source: '2.3, 2.8',
  ...(level === 'ASSUMED' && { question: 6 }),
  title: `a token that ended ${-seconds} s ago is refused: 401 ExpiredToken with the time`,
  needs: SIGNING,
  run: (bench) =>
    refusedWith(
      bench,
      bench.listenToken({ seconds }),
      /^ExpiredToken: The token is expired\. Expiration time: '\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ'\./,
    ),
}))

export const SAS: RelaySuite = {
  name: 'sas',
  about: 'shared access signatures: form, audience, signature, expiry, places, rights',
  cases: [
    ...audienceCases,
    ...wrongAudienceCases,
    ...goodFormCases,
    ...badFormCases,
    ...signatureCases,
    ...expiryCases,
    {
      id: 'sas.expiry.soon',
      level: 'ASSUMED',
      question: 6,
      source: '2.3',
      title: 'a token that ends in 30 s still opens a control channel',
      needs: SIGNING,
      run: (bench) => listensWith(bench, bench.listenToken({ seconds: 30 })),
    },
    {
      id: 'sas.signature.names-entity',
      level: 'MUST',
      source: '2.8',
      title: 'the refusal of a bad signature names the hybrid connection',
      needs: SIGNING,
      async run(bench) {
        const { peer } = await bench.tryListen({ token: handmade(bench, { key: 'not the key' }) })
        const { reason } = await peer.head()
        assert.ok(reason.includes(bench.entity.path), `the reason phrase is "${reason}"`)
      },
    },
    {
      id: 'sas.form.garbage',
      level: 'SHOULD',
      source: '2.6, 2.8',
      title: 'what is no token at all is refused: 401 MalformedToken',
      needs: ['listen'],
      run: (bench) => refusedWith(bench, 'open sesame', /^Malformed ?Token/),
    },
    {
      id: 'sas.form.foreign-jwt',
      level: 'MUST',
      source: '2.6',
      title: 'a JWT that nobody signed is refused with 401',
      needs: ['listen'],
      run: (bench) => refusedWith(bench, 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.', /./),
    },
    ...SAS_PLACES,
    ...SAS_RIGHTS,
  ],
}
