import { test } from 'tap'
import { grants } from './entity.ts'

test('a right grants itself, and Manage grants everything', (t) => {
  // relay-protocol 2.5
  t.equal(grants(['Listen'], 'Listen'), true)
  t.equal(grants(['Listen'], 'Send'), false)
  t.equal(grants(['Listen', 'Send'], 'Manage'), false)
  t.equal(grants(['Manage'], 'Send'), true)
  t.equal(grants([], 'Listen'), false)
  t.end()
})
