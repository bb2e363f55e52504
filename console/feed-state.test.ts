import fc from 'fast-check'
import { test } from 'tap'
import type { Change, FeedRow } from './feed-contract.ts'
import { FeedState } from './feed-state.ts'

const TOPICS = { connections: ['bytes'] }

test('who knows nothing of a change is told it once, counters alone as a patch', (t) => {
  const state = new FeedState(TOPICS)
  state.replace('connections', [{ id: 'a', phase: 'open', bytes: 0 }])
  const known = state.seq
  state.replace('connections', [{ id: 'a', phase: 'open', bytes: 1 }])
  state.replace('connections', [{ id: 'a', phase: 'open', bytes: 2 }])
  t.strictSame(state.since('connections', known), [{ patch: { id: 'a', bytes: 2 } }])
  state.replace('connections', [{ id: 'a', phase: 'closed', bytes: 2 }])
  t.strictSame(state.since('connections', known), [{ put: { id: 'a', phase: 'closed', bytes: 2 } }])
  state.replace('connections', [])
  t.strictSame(state.since('connections', known), [{ remove: 'a' }])
  t.strictSame(state.since('connections', state.seq), [])
  t.end()
})

test('rows that are equal are no change, whoever built them', (t) => {
  const state = new FeedState(TOPICS)
  const row = { id: 'a', sender: { label: 'web' }, bytes: 1 }
  state.replace('connections', [row])
  const known = state.seq
  state.replace('connections', [row])
  state.replace('connections', [{ ...row, sender: { label: 'web' } }])
  t.equal(state.seq, known)
  t.end()
})

test('who knows an old state is told what has changed since, each row once, the latest change last', (t) => {
  const state = new FeedState(TOPICS)
  state.replace(
    'connections',
    ['a', 'b', 'c', 'd'].map((id) => ({ id, bytes: 0 })),
  )
  const known = state.seq
  const change = (...ids: string[]) =>
    state.change('connections', {
      put: ids.map((id) => ({ id, bytes: state.seq })),
      gone: [],
      total: 9,
    })
  change('c', 'a')
  const later = state.seq
  change('c')
  t.match(state.since('connections', known), [{ patch: { id: 'a' } }, { patch: { id: 'c' } }])
  t.match(state.since('connections', later), [{ patch: { id: 'c' } }])
  t.equal(state.total('connections'), 9)
  t.end()
})

test('after too many removals an old position cannot be resumed', (t) => {
  const state = new FeedState(TOPICS)
  const rows = Array.from({ length: 25_000 }, (_, index) => ({ id: String(index) }))
  state.replace('connections', rows)
  const known = state.seq
  state.replace('connections', [])
  t.ok(state.canResume(known), 'all 25,000 removals are still known')
  state.replace('connections', rows)
  const later = state.seq
  state.replace('connections', [])
  t.notOk(state.canResume(known))
  t.ok(state.canResume(later))
  t.notOk(state.canResume(state.seq + 1), 'a position of somewhere else')
  t.end()
})

test('any interleaving of changes, ticks, skips and resumes ends in the state of the server', (t) => {
  const id = fc.constantFrom('a', 'b', 'c', 'd')
  const row = fc.record({ id, phase: fc.nat(2), bytes: fc.nat(2) })
  const step = fc.oneof(
    fc
      .uniqueArray(row, { selector: (one) => one.id })
      .map((rows) => ({ kind: 'rows', rows }) as const),
    fc
      .record({
        put: fc.uniqueArray(row, { selector: (one) => one.id }),
        gone: fc.uniqueArray(id),
      })
      .map((changes) => ({ kind: 'changes', ...changes }) as const),
    fc.constant({ kind: 'tick' } as const),
    fc.constant({ kind: 'reload' } as const),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const state = new FeedState(TOPICS)
      const server = new Map<string, FeedRow>()
      const browser = new Map<string, FeedRow>()
      let seq = 0
      const tick = () => {
        for (const change of state.since('connections', seq)) apply(browser, change)
        seq = state.seq
      }
      for (const one of steps) {
        if (one.kind === 'rows') {
          server.clear()
          for (const given of one.rows) server.set(given.id, given)
          state.replace('connections', one.rows)
        } else if (one.kind === 'changes') {
          for (const gone of one.gone) server.delete(gone)
          for (const given of one.put) server.set(given.id, given)
          state.change('connections', { ...one, total: server.size })
        } else if (one.kind === 'tick') tick()
        else {
          browser.clear()
          for (const kept of state.snapshot('connections').rows) browser.set(kept.id, kept)
          seq = state.seq
        }
      }
      tick()
      const { rows, total } = state.snapshot('connections')
      const snapshot = new Map(rows.map((kept) => [kept.id, kept]))
      const expected = sorted(server)
      return sorted(browser) === expected && sorted(snapshot) === expected && total === server.size
    }),
    { numRuns: 500 },
  )
  t.end()
})

function apply(rows: Map<string, FeedRow>, change: Change): void {
  if ('remove' in change) rows.delete(change.remove)
  else if ('put' in change) rows.set(change.put.id, change.put)
  else rows.set(change.patch.id, { ...rows.get(change.patch.id), ...change.patch })
}

function sorted(rows: ReadonlyMap<string, FeedRow>): string {
  const ordered = [...rows.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
  return JSON.stringify(
    ordered.map((row) => Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1))),
  )
}
