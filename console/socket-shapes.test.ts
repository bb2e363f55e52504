import { Socket } from 'node:net'
import { getHeapSpaceStatistics } from 'node:v8'
import { test } from 'tap'
import { settleSocketShapes } from './socket-shapes.ts'

const ROUNDS = 15
const SOCKETS = 500

function oldSpaceBytes(): number {
  const old = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'old_space')
  return old?.space_used_size ?? 0
}

/** Bytes that each of many sockets leaves where only a full garbage collection looks, dead as they are. */
function leftPerSocket(): number {
  const before = oldSpaceBytes()
  for (let i = 0; i < SOCKETS; i++) new Socket({ allowHalfOpen: true })
  return (oldSpaceBytes() - before) / SOCKETS
}

test('a socket leaves no hidden classes of its own behind', (t) => {
  settleSocketShapes()
  // The middle one: a collection, or a compiler at work, is in some rounds, hidden classes would be in all.
  const left = Array.from({ length: ROUNDS }, leftPerSocket).sort((a, b) => a - b)
  t.ok(left[ROUNDS >> 1]! < 150, `${left.map(Math.round).join(' ')} bytes`)
  t.end()
})
