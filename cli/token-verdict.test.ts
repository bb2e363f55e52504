import { test } from 'tap'
import { parseConnectionString } from '../protocol/connection-string.ts'
import { mintSasToken } from '../protocol/sas.ts'
import { describeVerdict, judgeByKey } from './token-verdict.ts'

const NOW = Date.parse('2030-01-01T00:00:00Z')
const KEY = 'bm90IGEgc2VjcmV0'
const connection = (host: string, entity?: string) =>
  parseConnectionString(
    `Endpoint=sb://${host}/;SharedAccessKeyName=r;SharedAccessKey=${KEY}${entity === undefined ? '' : `;EntityPath=${entity}`}`,
  )
const token = (over: Partial<Parameters<typeof mintSasToken>[0]> = {}) =>
  mintSasToken({
    resource: 'http://h.example/sql',
    keyName: 'R',
    key: KEY,
    expirySeconds: NOW / 1000 + 60,
    ...over,
  })

test('a token is judged by the key in the order of the relay', async (t) => {
  const sql = connection('h.example', 'sql')
  t.equal(judgeByKey(token(), sql, NOW), null)
  t.equal(judgeByKey(token({ key: 'other' }), sql, NOW), 'InvalidSignature')
  t.equal(judgeByKey(token({ keyName: 'other' }), sql, NOW), 'InvalidSignature')
  t.equal(judgeByKey(token({ expirySeconds: 1 }), sql, NOW), 'ExpiredToken')
  t.equal(judgeByKey(token({ resource: 'http://h.example/sql2' }), sql, NOW), 'InvalidAudience')
  t.equal(judgeByKey(token({ resource: 'http://other.example/sql' }), sql, NOW), 'InvalidAudience')
  t.equal(judgeByKey(token({ resource: 'no uri' }), sql, NOW), 'InvalidAudience')
  t.equal(judgeByKey('a.b.c', sql, NOW), 'MalformedToken')
})

test('without an entity only the host is compared, and loopback names are one host', async (t) => {
  t.equal(judgeByKey(token(), connection('h.example'), NOW), null)
  t.equal(
    judgeByKey(
      token({ resource: 'http://127.0.0.1/sql' }),
      connection('localhost:9443', 'sql'),
      NOW,
    ),
    null,
  )
})

test('a verdict is told in words', async (t) => {
  t.equal(describeVerdict({ ok: true, code: null }), 'accepted')
  t.match(
    describeVerdict({ ok: false, code: 'ExpiredToken' }),
    'refused with ExpiredToken: it has ended',
  )
  t.equal(describeVerdict({ ok: false, code: 'New' }), 'refused with New')
})
