import { test } from 'tap'
import { type ControlEvent, type ControlState, FIRST_STATE, advance } from './control-state.ts'
import { RelayClientError } from './errors.ts'

const failed = (code: 'RELAY_UNREACHABLE' | 'RELAY_ENTITY_UNKNOWN' | 'RELAY_TOKEN_INVALID') => ({
  type: 'failed' as const,
  error: new RelayClientError(code, code),
})
const run = (...events: ControlEvent[]): ControlState => events.reduce(advance, FIRST_STATE)
const opened: ControlEvent = { type: 'opened' }
const retry: ControlEvent = { type: 'retry' }

test('attempts that fail in a row wait longer each time', async (t) => {
  const waits: number[] = []
  let state: ControlState = FIRST_STATE
  for (let attempt = 0; attempt < 8; attempt++) {
    state = advance(state, failed('RELAY_UNREACHABLE'))
    if (state.phase === 'offline') waits.push(state.retryInMs)
    state = advance(state, retry)
  }
  t.same(waits, [0, 1_000, 2_000, 5_000, 10_000, 30_000, 30_000, 30_000])
})

test('a success begins the waits anew', async (t) => {
  const lost = failed('RELAY_UNREACHABLE')
  const state = run(lost, retry, lost, retry, opened, lost)
  t.match(state, { phase: 'offline', retryInMs: 0 })
  t.match(advance(advance(state, retry), lost), { phase: 'offline', retryInMs: 1_000 })
})

test('a refused token is tried again, a missing entity ends the listener (relay-protocol 3.2)', async (t) => {
  t.match(run(failed('RELAY_TOKEN_INVALID')), { phase: 'offline' })
  const gone = run(opened, failed('RELAY_UNREACHABLE'), retry, failed('RELAY_ENTITY_UNKNOWN'))
  t.equal(gone.phase, 'stopped')
  t.match(gone.phase === 'stopped' && gone.error, { code: 'RELAY_ENTITY_UNKNOWN' })
})

test('nothing wakes a listener that was stopped', async (t) => {
  const stopped = run(opened, { type: 'stop' })
  t.match(stopped, { phase: 'stopped', error: undefined })
  for (const event of [opened, retry, failed('RELAY_UNREACHABLE')]) {
    t.equal(advance(stopped, event), stopped)
  }
})

test('an event that does not fit the phase changes nothing', async (t) => {
  const offline = run(failed('RELAY_UNREACHABLE'))
  t.equal(advance(offline, opened), offline)
  t.equal(advance(offline, failed('RELAY_UNREACHABLE')), offline)
  t.equal(advance(FIRST_STATE, retry), FIRST_STATE)
})
