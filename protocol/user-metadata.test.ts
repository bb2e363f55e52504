import fc from 'fast-check'
import { test } from 'tap'
import { formatUserMetadata, parseEndpoint, readEndpoint } from './user-metadata.ts'

test('the endpoint is read from what Azure stores', (t) => {
  t.strictSame(readEndpoint('[{"key":"endpoint","value":"db.corp.local:5432"}]'), {
    host: 'db.corp.local',
    port: 5432,
  })
  t.strictSame(readEndpoint('[null,5,{"key":"x","value":"y"},{"key":"Endpoint","value":"h:1"}]'), {
    host: 'h',
    port: 1,
  })
  t.end()
})

test('metadata without exactly one usable endpoint gives none', (t) => {
  for (const text of [
    undefined,
    '',
    'x',
    'null',
    '{"endpoint":"h:1"}',
    '[]',
    '[{"key":"endpoint"}]',
    '[{"key":"endpoint","value":5}]',
    '[{"key":"endpoint","value":"h:1"},{"key":"endpoint","value":"h:2"}]',
    '[{"key": "endpoint", "value : "host:1"}]',
  ]) {
    t.equal(readEndpoint(text), undefined, String(text))
  }
  t.end()
})

test('an endpoint is HOST:PORT and nothing else', (t) => {
  t.strictSame(parseEndpoint('[::1]:65535'), { host: '::1', port: 65_535 })
  t.strictSame(parseEndpoint('10.0.0.1:22'), { host: '10.0.0.1', port: 22 })
  for (const text of [
    '',
    'h',
    ':1',
    'h:',
    'h:0',
    'h:65536',
    'h:1/',
    'tcp://h:1',
    'h :1',
    ' h:1',
    '::1:1',
    'u@h:1',
    'h:1x',
  ]) {
    t.equal(parseEndpoint(text), undefined, text)
  }
  t.end()
})

test('a map is written in its order and read back', (t) => {
  t.equal(
    formatUserMetadata({ endpoint: 'db:5432', note: 'x' }),
    '[{"key":"endpoint","value":"db:5432"},{"key":"note","value":"x"}]',
  )
  fc.assert(
    fc.property(fc.domain(), fc.integer({ min: 1, max: 65_535 }), (host, port) => {
      const read = readEndpoint(formatUserMetadata({ endpoint: `${host}:${port}` }))
      return read?.host === host && read.port === port
    }),
  )
  t.end()
})
