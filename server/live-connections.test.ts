import fc from 'fast-check'
import { test } from 'tap'
import type { ConnectionRow } from './dashboard/contract.ts'
import { openAmong } from './dashboard/open-tunnels.ts'
import { LiveConnections } from './live-connections.ts'
import { connectionRow } from './live-rows.ts'
import { Connection } from './relay/connection.ts'
import { ConnectionSet } from './relay/connection-set.ts'
import { SocketCounter } from './relay/socket-counter.ts'
import type { Splice } from './relay/splice.ts'

const MOST = 5

test('whatever comes, changes and goes, who asks for changes knows the first rows of the list', (t) => {
  const step = fc.oneof(
    { weight: 9, arbitrary: fc.nat(2).map((label) => ({ kind: 'come', label }) as const) },
    {
      weight: 18,
      arbitrary: fc.record({ kind: fc.constantFrom('open', 'move', 'end'), which: fc.nat() }),
    },
    { weight: 9, arbitrary: fc.record({ kind: fc.constantFrom('ask', 'list') }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('crowd') }) },
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { set, rows, come } = start()
      const known = new Map<string, ConnectionRow>()
      const ask = () => {
        const changes = rows.takeChanges(MOST)
        const all = rows.list()
        if (changes) {
          for (const id of changes.gone) known.delete(id)
          for (const row of changes.put) known.set(row.id, row)
          t.equal(changes.total, all.length)
        } else {
          known.clear()
          for (const row of all.slice(0, MOST)) known.set(row.id, row)
        }
        t.strictSame(byId([...known.values()]), byId(all.slice(0, MOST)))
        t.strictSame(all, expected(set))
        t.strictSame(counted(rows.open()), counted(openAmong(all)))
      }
      for (const one of steps) {
        const live = set.live()
        const chosen = 'which' in one ? live[one.which % Math.max(1, live.length)] : undefined
        if ('label' in one) come(`sender ${one.label}`)
        else if (one.kind === 'ask') ask()
        else if (one.kind === 'list') t.strictSame(rows.list(), expected(set))
        // More than is remembered of what has changed.
        else if (one.kind === 'crowd') for (let n = 0; n < 1_300; n++) end(set, come('crowd'))
        else if (!chosen) continue
        else if (one.kind === 'open') open(chosen)
        else if (one.kind === 'move') move(chosen)
        else end(set, chosen)
      }
      ask()
    }),
    { numRuns: 40 },
  )
  t.end()
})

test('of thousands of connections only those that have changed are looked at', (t) => {
  const { set, rows, come } = start()
  let looks = 0
  const all = Array.from({ length: 10_000 }, () => {
    const connection = come('crowd')
    let { revision } = connection
    return Object.defineProperty(connection, 'revision', {
      get: () => (looks++, revision),
      set(next: number) {
        revision = next
      },
    })
  })
  rows.takeChanges(20_000)
  const before = rows.list()
  looks = 0
  for (const connection of all.slice(100, 125)) end(set, connection)
  for (let n = 0; n < 25; n++) come('newcomer')
  const changes = rows.takeChanges(20_000)
  t.equal(changes?.put.length, 50, 'the new ones, and those that have ended')
  t.strictSame(changes?.gone, [])
  t.ok(looks < 300, `${looks} looks`)
  t.equal(rows.open().count, 0)
  t.equal(rows.list().at(-26), before.at(-1), 'a row that has not changed is the same object')
  looks = 0
  rows.takeChanges(20_000)
  rows.list()
  t.equal(looks, 0, 'nothing has changed, nothing is looked at')
  t.end()
})

test('the last 1,000 that ended are listed, and it is told which have gone', (t) => {
  const { set, rows, come } = start()
  const ended = Array.from({ length: 1_000 }, () => end(set, come('web')))
  rows.takeChanges(10_000)
  end(set, come('web'))
  const changes = rows.takeChanges(10_000)
  t.strictSame(changes?.gone, [ended[0]?.identity.id])
  t.equal(changes?.total, 1_000)
  t.strictSame(rows.ended(), expected(set))
  t.end()
})

function start() {
  const set = new ConnectionSet(new SocketCounter())
  let count = 0
  const come = (label: string): Connection => {
    const id = `c_${++count}`
    const connection = new Connection(
      { id, namespace: 'contoso', hybridConnection: 'Sql', trackingId: id, label, remote: '' },
      0,
    )
    set.add(connection)
    connection.enter('connecting')
    return connection
  }
  return { set, rows: new LiveConnections(set), come }
}

function open(connection: Connection): void {
  if (connection.splice) return
  const figures = { framesToListener: 0, framesToSender: 0, bytesToListener: 0, bytesToSender: 0 }
  connection.splice = figures as unknown as Splice
  connection.enter('open')
}

/** A second passes in which it moves some bytes. */
function move(connection: Connection): void {
  if (!connection.splice) return
  const figures = connection.splice as unknown as { bytesToSender: number }
  figures.bytesToSender += 7
  connection.sample()
}

function end(set: ConnectionSet, connection: Connection): Connection {
  connection.enter('closed')
  set.retire(connection)
  return connection
}

function expected(set: ConnectionSet): readonly ConnectionRow[] {
  return [...set.live(), ...set.ended()].map(connectionRow)
}

function byId(rows: readonly ConnectionRow[]): readonly ConnectionRow[] {
  return rows.toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

function counted(tunnels: ReturnType<typeof openAmong>) {
  const sql = { namespace: 'CONTOSO', hybridConnection: 'sql' }
  return {
    count: tunnels.count,
    senders: [...tunnels.senders].sort(),
    all: tunnels.at({ namespace: 'contoso' }),
    sql: tunnels.at(sql),
    other: tunnels.at({ ...sql, hybridConnection: 'other' }),
    from: tunnels.from(sql, 'SENDER 1'),
  }
}
