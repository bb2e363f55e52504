import { randomUUID } from 'node:crypto'
import { test } from 'tap'
import { Connection } from './connection.ts'
import { ConnectionSet } from './connection-set.ts'
import { SocketCounter } from './socket-counter.ts'
import type { Splice } from './splice.ts'

function connection(hybridConnection = 'hyco'): Connection {
  return new Connection(
    {
      id: randomUUID(),
      namespace: 'contoso',
      hybridConnection,
      trackingId: 'id_G0',
      label: 'client',
      remote: '203.0.113.7:1',
    },
    0,
  )
}

function open(set: ConnectionSet, bytesToListener: number): Connection {
  const made = connection('Hyco')
  set.add(made)
  set.opened(made)
  made.splice = { bytesToListener, bytesToSender: 1 } as unknown as Splice
  return made
}

test('sockets are counted while they live: one that waits, two that are joined', async (t) => {
  const sockets = new SocketCounter()
  const set = new ConnectionSet(sockets)
  const waiting = connection()
  set.add(waiting)
  const joined = open(set, 0)
  t.equal(sockets.of('contoso'), 3)
  set.retire(waiting)
  set.retire(waiting)
  t.equal(sockets.of('contoso'), 2)
  set.retire(joined)
  t.equal(sockets.of('contoso'), 0)
})

test('what has ended stays listed without its sockets, the last 1,000', async (t) => {
  const set = new ConnectionSet(new SocketCounter())
  const made = Array.from({ length: 2_500 }, () => connection())
  for (const each of made) {
    set.add(each)
    set.retire(each)
  }
  t.equal(set.live().length, 0)
  t.equal(set.ended().length, 1_000)
  t.equal(set.ended()[0], made.at(-1))
  t.equal(set.get(made[0]?.identity.id ?? ''), undefined)
})

test('live ones are listed newest first, and found by entity in any case', async (t) => {
  const set = new ConnectionSet(new SocketCounter())
  const [first, other, last] = [connection('HYCO'), connection('other'), connection('hyco')]
  for (const each of [first, other, last]) set.add(each)
  t.strictSame(set.live(), [last, other, first])
  t.strictSame(set.of('Contoso', 'hyco'), [last, first])
  for (const each of set.live()) set.retire(each)
})

test('bytes of live and ended connections are summed by hybrid connection', async (t) => {
  const set = new ConnectionSet(new SocketCounter())
  const ended = open(set, 10)
  set.retire(ended)
  const live = open(set, 100)
  t.strictSame([...set.bytesTransferred()], [['contoso/hyco', 112]])
  set.retire(live)
  t.strictSame([...set.bytesTransferred()], [['contoso/hyco', 112]])
})

test('draining ends with the last connection, or with the time', async (t) => {
  const set = new ConnectionSet(new SocketCounter())
  await set.drained(60_000)
  const made = connection()
  set.add(made)
  await set.drained(0)
  const drained = set.drained(60_000)
  set.retire(made)
  await drained
  t.clock.enter()
  t.teardown(() => t.clock.exit())
  const late = connection()
  set.add(late)
  const timedOut = set.drained(5_000)
  t.clock.advance(5_000)
  await timedOut
  set.retire(late)
})

test('rates are taken once per second while something lives', async (t) => {
  t.clock.enter()
  t.teardown(() => t.clock.exit())
  const set = new ConnectionSet(new SocketCounter())
  const made = open(set, 640)
  t.clock.advance(1_000)
  t.equal(made.rateToListener, 640)
  t.clock.advance(1_000)
  t.equal(made.rateToListener, 0)
  set.retire(made)
})

test('changes are kept for who asks for them, and given up when there are too many', async (t) => {
  const set = new ConnectionSet(new SocketCounter())
  const { changes } = set
  let lost = 0
  changes.whenLost = () => lost++
  const first = connection()
  set.add(first)
  t.equal(changes.take(), undefined, 'nobody had asked')
  first.enter('open')
  const second = connection()
  set.add(second)
  set.retire(first)
  t.strictSame(new Set(changes.take()), new Set([first, second]))
  t.strictSame(changes.take(), [])
  for (let n = 0; n <= 5_000; n++) set.add(connection())
  t.equal(lost, 1)
  set.add(connection())
  t.equal(changes.take(), undefined)
  t.strictSame(changes.take(), [])
})
