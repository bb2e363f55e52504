import { test } from 'tap'
import { ListenerSet } from './listener-set.ts'
import { readListenerFilter, roundRobinPick } from './listener-choice.ts'
import { SocketCounter } from './socket-counter.ts'
import { type FakeChannel, fakeChannel } from './testing/fake-channel.ts'

const NO_WISH = readListenerFilter({})
const NOBODY: ReadonlySet<never> = new Set()

function setOf(...channels: FakeChannel[]) {
  const sockets = new SocketCounter()
  const set = new ListenerSet(roundRobinPick(), sockets, () => Date.now())
  for (const { channel } of channels) set.add(channel)
  return { set, sockets }
}

const listener = (listenerId: string) => fakeChannel({ identity: { listenerId } })

test('a listener is found by entity in any case until it ends', async (t) => {
  const one = listener('a')
  const { set, sockets } = setOf(one)
  t.strictSame(set.of('CONTOSO', 'Hyco'), [one.channel])
  t.equal(sockets.of('contoso'), 1)
  one.socket.end(1000)
  t.strictSame(set.of('contoso', 'hyco'), [])
  t.strictSame(set.all(), [])
  t.equal(sockets.of('contoso'), 0)
})

test('a listener that is being closed is still there but counts no more', async (t) => {
  const one = listener('a')
  const { set, sockets } = setOf(one)
  one.channel.close(1001, 'gone')
  t.strictSame(set.of('contoso', 'hyco'), [])
  t.strictSame(set.all(), [one.channel])
  t.equal(sockets.of('contoso'), 1)
  one.channel.cut()
})

test('no listener, none that the sender wants, and none left are three faults', async (t) => {
  const [one, two] = [listener('a'), listener('b')]
  const { set } = setOf(one, two)
  const choose = (allowed?: string, tried = new Set([] as FakeChannel['channel'][])) =>
    set.choose(
      'contoso',
      'hyco',
      allowed === undefined
        ? NO_WISH
        : readListenerFilter({ 'microsoft-relay-allowedlisteners': allowed }),
      tried,
    )
  t.throws(() => set.choose('contoso', 'other', NO_WISH, NOBODY), { code: 'RELAY_NO_LISTENERS' })
  t.throws(() => choose('c'), { code: 'RELAY_LISTENERS_FILTERED', status: 404 })
  t.throws(() => choose(undefined, new Set([one.channel, two.channel])), {
    code: 'RELAY_ACCEPT_TIMEOUT',
  })
  t.equal(choose(undefined, new Set([one.channel])), two.channel)
  t.equal(choose('a'), one.channel)
  one.socket.readyState = 2
  t.equal(choose(), two.channel)
  t.throws(() => choose('a'), { code: 'RELAY_LISTENERS_FILTERED' })
})

test('each offer is counted, and what each could have expected', async (t) => {
  const [one, two] = [listener('a'), listener('b')]
  const { set } = setOf(one, two)
  for (let i = 0; i < 3; i++) set.choose('contoso', 'hyco', NO_WISH, NOBODY)
  t.strictSame([one.channel.offered, two.channel.offered], [2, 1])
  t.strictSame([one.channel.expected, two.channel.expected], [1.5, 1.5])
})

test('of two channels with one id only the newest is chosen by it, relay-protocol 3.7', async (t) => {
  const [older, newer] = [listener('a'), listener('a')]
  const { set } = setOf(older, newer)
  const wish = readListenerFilter({ 'microsoft-relay-allowedlisteners': 'a' })
  for (let i = 0; i < 4; i++) {
    t.equal(set.choose('contoso', 'hyco', wish, NOBODY), newer.channel)
  }
})

test('ended listeners stay known for ten minutes, without their sockets', async (t) => {
  t.clock.enter()
  t.teardown(() => t.clock.exit())
  const [one, two] = [listener('a'), listener('b')]
  const { set } = setOf(one, two)
  one.socket.end(1000, 'bye')
  t.clock.advance(300_000)
  two.socket.end(1001)
  t.match(set.ended(), [{ identity: { listenerId: 'b' } }, { end: { code: 1000, reason: 'bye' } }])
  t.notOk(set.ended().some((record) => (record as unknown) === one.channel))
  t.clock.advance(300_001)
  t.match(set.ended(), [{ identity: { listenerId: 'b' } }])
})

test('the last choices are kept with who could have been chosen, and what for', async (t) => {
  const [one, two] = [listener('a'), listener('b')]
  const { set } = setOf(one, two)
  const wish = readListenerFilter({ 'microsoft-relay-disallowedlisteners': 'a' })
  set.choose('contoso', 'hyco', wish, NOBODY, 'c_1')
  for (let i = 0; i < 250; i++) set.choose('CONTOSO', 'Hyco', NO_WISH, NOBODY, `c_${i + 2}`)
  const picks = set.picks('contoso', 'hyco')
  t.equal(picks.length, 100)
  t.match(picks[0], { n: 251, subject: 'c_251', candidates: { length: 2 } })
  t.match(picks.at(-1), { n: 152, subject: 'c_152' })
  t.equal(one.channel.offers, 251)
  t.equal(one.channel.offered + two.channel.offered, 251)
  t.strictSame(set.picks('contoso', 'other'), [])
})
