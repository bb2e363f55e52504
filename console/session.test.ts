import { createHash } from 'node:crypto'
import { inspect } from 'node:util'
import { test } from 'tap'
import { CODE_LIFE_MS, SESSION_LIFE_MS, Sessions } from './session.ts'

/** Sessions on a clock that stands still, with bytes that can be told apart. */
function opened() {
  const clock = { nowMs: 1_000_000 }
  const lengths: number[] = []
  const sessions = new Sessions({
    now: () => clock.nowMs,
    random(bytes) {
      lengths.push(bytes)
      return createHash('sha512').update(String(lengths.length)).digest().subarray(0, bytes)
    },
  })
  return { sessions, clock, lengths }
}

test('a code of 128 bits leads to a token of 256 bits, once (dashboard 5)', (t) => {
  const { sessions, clock, lengths } = opened()
  const { code, expiresAtMs } = sessions.issueCode()
  t.equal(expiresAtMs, clock.nowMs + 60_000)
  const granted = sessions.exchange(code)
  if (granted.kind !== 'granted') return void t.fail(granted.kind)
  t.strictSame(lengths, [16, 32])
  t.equal(granted.expiresAtMs, clock.nowMs + 12 * 3_600_000)
  t.ok(sessions.holds(granted.token))
  t.strictSame(sessions.exchange(code), { kind: 'wrong' }, 'not twice')
  t.ok(sessions.holds(granted.token), 'a second attempt takes nothing away')
  t.notOk(sessions.holds(code))
  t.notOk(inspect(sessions, { showHidden: true, depth: 9 }).includes(granted.token))
  sessions.end(granted.token)
  t.notOk(sessions.holds(granted.token))
  t.end()
})

test('codes end after 60 s and tokens after 12 h', (t) => {
  const { sessions, clock } = opened()
  const late = sessions.issueCode()
  clock.nowMs += CODE_LIFE_MS
  t.strictSame(sessions.exchange(late.code), { kind: 'wrong' })
  const early = sessions.issueCode()
  clock.nowMs += CODE_LIFE_MS - 1
  const granted = sessions.exchange(early.code)
  if (granted.kind !== 'granted') return void t.fail(granted.kind)
  clock.nowMs += SESSION_LIFE_MS - 1
  t.ok(sessions.holds(granted.token))
  clock.nowMs += 1
  t.notOk(sessions.holds(granted.token))
  t.end()
})

test('five wrong codes in a row close the door for 60 s, for right ones too', (t) => {
  const { sessions, clock } = opened()
  const guess = () => sessions.exchange('guess').kind
  t.strictSame([guess(), guess(), guess(), guess()], ['wrong', 'wrong', 'wrong', 'wrong'])
  t.equal(sessions.exchange(sessions.issueCode().code).kind, 'granted', 'a right one counts anew')
  t.strictSame(
    [guess(), guess(), guess(), guess(), guess()],
    ['wrong', 'wrong', 'wrong', 'wrong', 'closed'],
  )
  clock.nowMs += 1_000
  const { code } = sessions.issueCode()
  t.strictSame(sessions.exchange(code), { kind: 'closed', retryInMs: 59_000 })
  clock.nowMs += 59_000
  t.equal(sessions.exchange(sessions.issueCode().code).kind, 'granted')
  t.end()
})

test('all of them can be ended at once', (t) => {
  const { sessions } = opened()
  const granted = sessions.exchange(sessions.issueCode().code)
  if (granted.kind !== 'granted') return void t.fail(granted.kind)
  const { code } = sessions.issueCode()
  sessions.endAll()
  t.notOk(sessions.holds(granted.token))
  t.strictSame(sessions.exchange(code), { kind: 'wrong' })
  t.end()
})

test('who asks for codes without end fills no memory', (t) => {
  const { sessions } = opened()
  const first = sessions.issueCode()
  for (let count = 0; count < 100; count += 1) sessions.issueCode()
  t.strictSame(sessions.exchange(first.code), { kind: 'wrong' }, 'the oldest is gone')
  t.equal(sessions.exchange(sessions.issueCode().code).kind, 'granted')
  t.end()
})
