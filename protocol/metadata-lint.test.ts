import fc from 'fast-check'
import { test } from 'tap'
import { lintUserMetadata } from './metadata-lint.ts'
import { readEndpoint } from './user-metadata.ts'

const SAMPLE = '[{"key": "endpoint", "value : "host:1"}]'
const entry = (value: string) => `[{"key":"endpoint","value":"${value}"}]`

test('the malformed sample of the documentation is named, with the place and a fix', (t) => {
  const [finding, ...others] = lintUserMetadata(SAMPLE)
  t.match(finding, { code: 'doc-sample', level: 'error', at: 30 })
  t.strictSame(others, [])
  t.strictSame(readEndpoint(finding?.fix ?? ''), { host: 'host', port: 1 })
  t.end()
})

test('each fault has its code, level and place', (t) => {
  for (const [text, code, level, at] of [
    ['[{]', 'not-json', 'error', 2],
    ['', 'no-endpoint', 'error', null],
    ['"x"', 'not-array', 'error', 0],
    ['[]', 'no-endpoint', 'error', 0],
    [' [{"key":"x","value":"y"}]', 'no-endpoint', 'error', 1],
    [
      '[{"key":"endpoint","value":"a:1"},{"key":"endpoint","value":"b:1"}]',
      'two-endpoints',
      'error',
      41,
    ],
    [entry('h'), 'bad-endpoint', 'error', 27],
    [entry('tcp://h:1'), 'bad-endpoint', 'error', 27],
    [entry('h:1/x'), 'bad-endpoint', 'error', 27],
    [entry('h :1'), 'bad-endpoint', 'error', 27],
    [entry('h:65536'), 'bad-endpoint', 'error', 27],
    ['[{"key":"endpoint"}]', 'bad-endpoint', 'error', 1],
    [entry(`${'h'.repeat(1_024)}:1`), 'too-long', 'error', 1_024],
    ['[{"key":"Endpoint","value":"h:1"}]', 'key-case', 'warning', 8],
    ['[{"key":"endpoint","value":"h:1","on":true}]', 'python-literal', 'warning', 38],
    [entry('10.0.0.1:80'), 'ip', 'warning', 27],
    [entry('[::1]:80'), 'ip', 'warning', 27],
    [entry('localhost:80'), 'localhost', 'warning', 27],
    [entry('files.corp:445'), 'unsupported-port', 'warning', 27],
    [entry('ftp.corp:21'), 'unsupported-port', 'warning', 27],
    [entry('ldap.corp:389'), 'unsupported-port', 'warning', 27],
  ] as const) {
    t.match(lintUserMetadata(text), [{ code, level, at }], text.slice(0, 60))
  }
  t.end()
})

test('metadata that names one endpoint by a DNS name has no finding', (t) => {
  t.strictSame(lintUserMetadata(entry('db.corp.local:5432')), [])
  t.strictSame(lintUserMetadata(`[{"key":"note","value":"x"},${entry('h:1').slice(1)}`), [])
  t.end()
})

test('a message says line, column and what is wrong with an endpoint', (t) => {
  t.match(lintUserMetadata('[\n  {"key" 1}]'), [{ message: /line 2, column 10: expected a colon/ }])
  t.match(lintUserMetadata(entry('http://h:1')), [{ message: /scheme/ }])
  t.match(lintUserMetadata(entry('h:1/p')), [{ message: /path/ }])
  t.match(lintUserMetadata(entry('h: 1')), [{ message: /blanks/ }])
  t.match(lintUserMetadata(entry('host')), [{ message: /no port/ }])
  t.end()
})

test('a fix leaves nothing of what it fixes', (t) => {
  for (const text of [
    SAMPLE,
    '{"endpoint":"h:1"}',
    '{"key":"endpoint","value":"h:1"}',
    '[{"key":"ENDPOINT","value":"h:1"}]',
  ]) {
    const fix = lintUserMetadata(text)[0]?.fix
    t.type(fix, 'string', text)
    t.strictSame(lintUserMetadata(fix ?? ''), [], text)
  }
  t.equal(lintUserMetadata('{"endpoint":{}}')[0]?.fix, null)
  t.end()
})

test('no error is found exactly where an endpoint is read', (t) => {
  const near = fc.oneof(
    fc.string(),
    fc.json(),
    fc.constantFrom(SAMPLE, entry('h:1'), entry('h'), '[{"key":"EndPoint","value":"h:2"}]'),
  )
  fc.assert(
    fc.property(near, (text) => {
      const hasError = lintUserMetadata(text).some(({ level }) => level === 'error')
      return hasError === (readEndpoint(text) === undefined)
    }),
  )
  t.end()
})
