import fc from 'fast-check'
import { test } from 'tap'
import { ConfigError } from './config-error.ts'
import { DEFAULT_LIMITS } from '../relay-limits.ts'
import { parseConfig } from './config-file.ts'

const parse = (text: string, env: Record<string, string> = {}) =>
  parseConfig({ text, fileName: '/etc/relay/relay-emulator.yaml', env })

/** The problems of a bad file as `line:column path: message`. */
function problemsOf(text: string, env: Record<string, string> = {}): string[] {
  try {
    parse(text, env)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.problems.map(
      ({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`,
    )
  }
  return []
}

const EXAMPLE = `
version: 1
seed: 42
namespaces:
  - name: contoso                     # contoso.servicebus.windows.net
    hosts: [relay.local]
    location: westeurope
    authorizationRules:
      - { name: RootManageSharedAccessKey, rights: [Listen, Manage, Send], primaryKey: "\${ROOT_KEY:-}" }
    hybridConnections:
      - name: sql
        requiresClientAuthorization: true
        userMetadata: { endpoint: "db.corp.local:5432" }
        authorizationRules:
          - { name: defaultListener, rights: [Listen] }
          - { name: defaultSender, rights: [Send] }
limits:
  acceptTimeoutMs: 500
admin: { token: "", allowedHosts: [emulator] }
`

test('the example of the documentation is read', async (t) => {
  // product 4
  const config = parse(EXAMPLE)
  t.match(config, {
    options: { seed: { text: '42', place: { line: 3 } } },
    limits: { acceptTimeoutMs: 500 },
    admin: { token: '', allowedHosts: ['emulator'] },
    namespaces: [
      {
        name: 'contoso',
        hosts: ['relay.local'],
        authorizationRules: [{ primaryKey: '' }],
        hybridConnections: [{ name: 'sql', userMetadata: { endpoint: 'db.corp.local:5432' } }],
      },
    ],
  })
})

test('JSON is read as well, with tabs and all', async (t) => {
  const config = parse('{\n\t"seed": 7,\n\t"namespaces": [\n\t\t{ "name": "contoso" }\n\t]\n}\n')
  t.match(config, { options: { seed: { text: '7' } }, namespaces: [{ name: 'contoso' }] })
})

test('an empty file says nothing', async (t) => {
  for (const text of ['', '# nothing yet\n', '{}', '\uFEFF']) {
    t.strictSame(parse(text), {
      options: {},
      namespaces: undefined,
      limits: {},
      admin: {},
      network: {},
      identity: {},
      arm: {},
      appService: {},
    })
  }
})

test('paths among the options are taken from the folder of the file', async (t) => {
  const { options } = parse('tlsCert: tls/cert.pem\ntlsKey: /abs/key.pem\nprofile: 2017\n')
  t.equal(options.tlsCert?.text, '/etc/relay/tls/cert.pem')
  t.equal(options.tlsKey?.text, '/abs/key.pem')
  t.equal(options.profile?.text, '2017')
})

test('variables take the type that their place asks for', async (t) => {
  const text = `
port: \${PORT}
plainPort: "\${PLAIN:-off}"
namespaces:
  - name: \${NAME}
    hybridConnections:
      - { name: sql, requiresClientAuthorization: "\${AUTH:-false}", userMetadata: "\${META}" }
admin: { token: "\${TOKEN}" }
`
  const config = parse(text, { PORT: '8443', NAME: 'contoso', META: '123', TOKEN: '42' })
  t.match(config, {
    options: { port: { text: '8443' }, plainPort: { text: 'off' } },
    namespaces: [
      {
        name: 'contoso',
        hybridConnections: [{ requiresClientAuthorization: false, userMetadata: '123' }],
      },
    ],
    admin: { token: '42' },
  })
})

test('a quoted value that came from no variable keeps its type', async (t) => {
  t.strictSame(problemsOf('port: "8443"'), ['1:7 port: must be a whole number'])
})

test('every problem is told with the line and column of the value at fault', async (t) => {
  const text = `version: 2
seed: many
nmespaces: []
namespaces:
  - name: abc
    hosts: [http://x]
    hybridConnection: []
  - hybridConnections:
      - name: sql
        userMetadata: { endpoint: 5432 }
        authorizationRules:
          - { name: r, rights: [Read] }
limits: { acceptTimeoutMs: 0 }
`
  t.strictSame(problemsOf(text).sort(), [
    '10:35 namespaces[1].hybridConnections[0].userMetadata.endpoint: must be text; put it in quotes',
    '12:33 namespaces[1].hybridConnections[0].authorizationRules[0].rights[0]: must be one of Listen, Send, Manage',
    '13:28 limits.acceptTimeoutMs: must be at least 1',
    '1:10 version: must be 1',
    '2:7 seed: must be a whole number',
    '3:1 nmespaces: unknown key; did you mean namespaces?',
    '7:5 namespaces[0].hybridConnection: unknown key; did you mean hybridConnections?',
    '8:5 namespaces[1]: name is missing',
  ])
})

test('rules that no schema can say are told with line and column too', async (t) => {
  // management-plane 4.0
  const rules = (count: number) =>
    Array.from({ length: count }, (_, index) => `{ name: r${index}, rights: [Send] }`).join(', ')
  for (const [text, expected] of [
    ['namespaces:\n  - name: short', /^2:11 namespaces\[0\].name: .*6 to 50 characters/],
    ['namespaces:\n  - name: contoso\n  - name: Contoso', /^3:11 namespaces\[1\].name: .*twice/],
    [
      'namespaces:\n- name: contoso\n  hybridConnections: [{ name: /sql }]',
      /^3:31 namespaces\[0\].hybridConnections\[0\].name: .*starts and ends/,
    ],
    [
      'namespaces:\n- name: contoso\n  hybridConnections: [{ name: sql }, { name: SQL }]',
      /^3:46 namespaces\[0\].hybridConnections\[1\].name: .*twice/,
    ],
    [
      'namespaces:\n- name: contoso\n  authorizationRules: [{ name: a, rights: [Manage, Send] }]',
      /^3:43 .*rights: Manage needs Listen and Send/,
    ],
    [
      'namespaces:\n- name: contoso\n  authorizationRules: [{ name: a, rights: [] }]',
      /rights: .*at least one/,
    ],
    [
      `namespaces:\n- name: contoso\n  authorizationRules: [${rules(13)}]`,
      /^3:\d+ .*\[12\]: at most 12/,
    ],
    [
      `namespaces:\n- name: contoso\n  hybridConnections: [{ name: sql, userMetadata: ${'x'.repeat(1025)} }]`,
      /userMetadata: has 1025 characters/,
    ],
    [
      'namespaces:\n- name: contoso\n- name: fabrikam\n  hosts: [a.example, CONTOSO.servicebus.windows.net]',
      /^4:22 namespaces\[1\].hosts\[1\]: namespace contoso answers to/,
    ],
    [
      'namespaces:\n- name: contoso\n- name: fabrikam\n  hosts: [localhost]',
      /^4:11 .*contoso answers to localhost/,
    ],
    ['namespaces:\n- name: contoso\n  hosts: ["relay.local:443"]', /^3:11 .*must be a DNS name/],
  ] as const) {
    const problems = problemsOf(text)
    t.equal(problems.length, 1, text.slice(0, 80))
    t.match(problems[0], expected)
  }
})

test('twelve rules are allowed, and a right given twice counts once', async (t) => {
  const rules = Array.from(
    { length: 12 },
    (_, index) => `{ name: r${index}, rights: [Send, Send] }`,
  )
  t.strictSame(
    problemsOf(`namespaces: [{ name: contoso, authorizationRules: [${rules.join(', ')}] }]`),
    [],
  )
})

test('every limit can be overridden', async (t) => {
  t.strictSame(parse(JSON.stringify({ limits: DEFAULT_LIMITS })).limits, DEFAULT_LIMITS)
})

test('text of the wrong form is told what form is wanted', async (t) => {
  t.strictSame(problemsOf('plainPort: closed'), [
    '1:12 plainPort: must be a port from 0 to 65535, or off',
  ])
  t.strictSame(problemsOf('admin: { token: "a b" }'), [
    '1:17 admin.token: must be printable ASCII without blanks',
  ])
})

test('syntax errors are told with their line', async (t) => {
  t.match(problemsOf('seed: 1\nseed: 2\n'), [/^2:1 : this key is there twice/])
  t.match(problemsOf('{ "seed": 1, "seed": 2 }'), [/^1:14 : this key is there twice/])
  t.match(problemsOf('admin:\n\ttoken: x\n')[0], /^2:1 : tabs cannot indent/)
  t.match(problemsOf('seed: !secret 1\n'), [/^1:7 : tags are not supported/])
  t.match(problemsOf('seed: 1\n---\nseed: 2\n').join(), /one document only/)
})

test('a bracket or quote that is never closed is told where it opens', (t) => {
  // product 3, config validate: line-accurate messages
  for (const [text, problem] of [
    ['seed: 1\nnamespaces: [\n  { name: contoso }\n\nport: 1\n', '2:13 : this [ is never closed'],
    ['namespaces:\n  - { name: contoso\nseed: 1\n', '2:5 : this { is never closed'],
    ['namespaces: [{ name: contoso ]\n', '1:14 : this { is never closed'],
    ['{"version":1,\n"namespaces": [ {"name":"contoso" }\n}', '2:15 : this [ is never closed'],
    ['admin: { token: "x\nseed: 1\n', '1:17 : this " is never closed'],
    ["host: 'x\nseed: 1\n", "1:7 : this ' is never closed"],
    ['{"version":1', '1:1 : this { is never closed'],
  ] as const)
    t.strictSame(problemsOf(text), [problem], text)
  t.end()
})

test('problems are told in the order of their lines', async (t) => {
  const text = 'limits: { foo: 1 }\nbar: 1\nnamespaces: [{ name: contoso }, { nam: x }]\nport: a\n'
  t.strictSame(
    problemsOf(text).map((problem) => problem.split(' ')[0]),
    ['1:11', '2:1', '3:33', '3:35', '4:7'],
  )
})

test('a missing variable is told with its line', async (t) => {
  t.match(problemsOf('seed: 1\nadmin:\n  token: ${NOT_THERE}\n'), [
    /^3:10 : needs the variable NOT_THERE/,
  ])
})

test('no message quotes a key, a token or a variable', async (t) => {
  const canary = 'cAnArY'
  for (const text of [
    `admin: { token: [${canary}] }`,
    `admin: { token: "${canary} x" }`,
    `admin: { token: "\\q${canary}" }`,
    `admin: { token: ! ${canary}"`,
    `admin:\n  token: |${canary}\n  x`,
    `admin: { token: *${canary} }`,
    `admin:\n  token: ${canary}: ${canary}\n`,
    'admin: { token: "${SECRET} x" }',
    `namespaces: [{ name: contoso, authorizationRules: [{ name: a, rights: [Send], primaryKey: "${canary};" }] }]`,
    `namespaces: [{ name: contoso, authorizationRules: [{ name: a, rights: [Send], primaryKey: { a: ${canary} } }] }]`,
  ]) {
    const problems = problemsOf(text, { SECRET: canary })
    t.ok(problems.length > 0, text)
    t.notMatch(problems.join('\n'), canary)
  }
})

test('aliases are followed, and a bomb of them is refused', async (t) => {
  const text =
    'namespaces:\n- name: contoso\n  authorizationRules: &rules [{ name: a, rights: [Send] }]\n  hybridConnections: [{ name: sql, authorizationRules: *rules }]'
  t.match(parse(text).namespaces, [
    { hybridConnections: [{ authorizationRules: [{ name: 'a' }] }] },
  ])
  const levels = Array.from(
    { length: 9 },
    (_, level) => `l${level + 1}: &l${level + 1} [${`*l${level},`.repeat(9)}]`,
  )
  t.match(problemsOf(`l0: &l0 [x]\n${levels.join('\n')}\n`).join(), /aliases/)
})

test('whatever the text, the outcome is a document or a ConfigError', async (t) => {
  const words = fc.constantFrom(
    'version: 1',
    'namespaces:',
    '- name: contoso',
    '  hosts:',
    '[',
    ']',
    '{',
    '}',
    '"',
    "'",
    '&a',
    '*a',
    '\n',
    '  ',
    'userMetadata: {',
    'endpoint: ${X}',
    'port: ${PORT:-1}',
    'rights: [Listen]',
    '? ',
    ': ',
    '- ',
    '!!int ',
    '__proto__: 1',
    'limits: null',
    '|',
    '>',
    '%YAML 1.2',
    '---',
    '...',
    '<<: *a',
    'hybridConnections: [{name: a/b}]',
    '\t',
    '#',
  )
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(words).map((all) => all.join('')),
          fc.json(),
        ),
        (text) => {
          problemsOf(text, { PORT: '1' })
        },
      ),
      { numRuns: 100 },
    ),
  )
})
