import { test } from 'tap'
import { connectionRow } from '../../../testing/admin-fixture.ts'
import { closedFirst, codeText, inOrder, lifeMs, phaseSteps } from './connection-facts.ts'

test('live ones come first, the newest first, then those that ended, the latest first', (t) => {
  const startedAt = '2030-01-01T00:00:00.000Z'
  const ended = (id: string, endedMs: number) =>
    connectionRow({ id, startedAt, endedMs, phase: 'closed' })
  const rows = [
    ended('c_3', 5_000),
    connectionRow({ id: 'c_9' }),
    ended('c_4', 9_000),
    connectionRow({ id: 'c_10' }),
  ]
  t.strictSame(
    inOrder(rows).map(({ id }) => id),
    ['c_10', 'c_9', 'c_4', 'c_3'],
  )
  t.end()
})

test('phases follow each other; those that were not entered are left out', (t) => {
  const closed = connectionRow({ phase: 'closed', closingMs: 1_003.4, endedMs: 1_005 })
  t.strictSame(phaseSteps(closed), [
    { name: 'connecting', fromMs: 0, toMs: 0.4 },
    { name: 'acceptSent', fromMs: 0.4, toMs: 3.1 },
    { name: 'accepted', fromMs: 3.1, toMs: 3.4 },
    { name: 'open', fromMs: 3.4, toMs: 1_003.4 },
    { name: 'closing', fromMs: 1_003.4, toMs: 1_005 },
  ])
  const refused = connectionRow({ acceptSentMs: null, acceptedMs: null, openMs: null, endedMs: 2 })
  t.strictSame(phaseSteps(refused), [{ name: 'connecting', fromMs: 0, toMs: 2 }])
  t.strictSame(phaseSteps(connectionRow()).at(-1), { name: 'open', fromMs: 3.4, toMs: null })
  t.end()
})

test('an end is told in words', (t) => {
  const end = (row: Parameters<typeof connectionRow>[0]) => closedFirst(connectionRow(row))
  t.equal(end({}), null)
  t.equal(
    end({ closedBy: 'listener', means: 'close', code: 1000 }),
    'the listener, by a Close frame',
  )
  t.equal(end({ closedBy: 'sender', means: 'reset' }), 'the sender, by a reset')
  t.equal(
    end({ phase: 'refused', closedBy: 'relay', means: 'close', code: 401 }),
    'the relay, with status 401',
  )
  t.equal(codeText({ code: 1000, reason: 'bye' }), '1000 "bye"')
  t.equal(codeText({ code: 1000, reason: '' }), '1000')
  t.equal(codeText({ code: null, reason: null }), null)
  t.equal(lifeMs(connectionRow({ startedAt: '2030-01-01T00:00:00.000Z' }), 0), 0)
  t.end()
})
