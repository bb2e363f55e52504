import { test } from 'tap'
import { suggest } from './suggest.ts'

const keys = ['name', 'hosts', 'hybridConnections', 'requiresClientAuthorization', 'seed']

test('a key that is nearly right is suggested', async (t) => {
  t.equal(suggest('hybridConnection', keys), 'hybridConnections')
  t.equal(suggest('hybridconnections', keys), 'hybridConnections')
  t.equal(suggest('requiresClientAuthorisation', keys), 'requiresClientAuthorization')
  t.equal(suggest('nmae', keys), 'name')
})

test('nothing is suggested for a key that is far from all', async (t) => {
  t.equal(suggest('faults', keys), undefined)
  t.equal(suggest('x', keys), undefined)
  t.equal(suggest('', keys), undefined)
})
