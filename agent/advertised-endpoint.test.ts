import { test } from 'tap'
import { metadataReason } from './advertised-endpoint.ts'

test('usable metadata has no reason, anything else has its own', (t) => {
  t.equal(metadataReason('[{"key":"endpoint","value":"db:5432"}]'), undefined)
  for (const [text, reason] of [
    ['', /^it has no userMetadata/],
    ['[{"key": "endpoint", "value : "host:1"}]', /is not JSON/],
    ['{"endpoint":"db:5432"}', /is not a JSON array/],
    ['[{"key":"other","value":"db:5432"}]', /no entry with the key endpoint/],
    ['[{"key":"endpoint","value":"a:1"},{"key":"Endpoint","value":"b:2"}]', /names 2 endpoints/],
    ['[{"key":"endpoint","value":"http://db:5432"}]', /not HOST:PORT/],
    ['[{"key":"endpoint","value":"db:70000"}]', /not HOST:PORT/],
    ['[{"key":"endpoint","value":5}]', /not HOST:PORT/],
  ] as const) {
    t.match(metadataReason(text), reason, text)
  }
  t.end()
})
