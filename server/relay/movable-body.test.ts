import { test } from 'tap'
import { MovableBody } from './movable-body.ts'

function target() {
  const parts: string[] = []
  return {
    parts,
    read: () => {},
    untilRead: async () => {},
    sendPart: async (bytes: Uint8Array, isFinal: boolean) => {
      parts.push(`${Buffer.from(bytes).toString()}${isFinal ? '.' : ''}`)
    },
  }
}

test('what went to the first target is written again to the next, and what comes meanwhile waits', async (t) => {
  const [first, second] = [target(), target()]
  const body = new MovableBody(first)
  await body.sendPart(Buffer.from('a'), false)
  t.notOk(body.isWaiting)
  t.ok(body.leave())
  t.ok(body.isWaiting)
  const waiting = body.sendPart(Buffer.from('b'), false)
  await body.moveTo(second)
  t.notOk(body.isWaiting)
  await waiting
  await body.sendPart(Buffer.alloc(0), true)
  t.strictSame(first.parts, ['a'])
  t.strictSame(second.parts, ['a', 'b', '.'])
})

test('a body of which too much has gone does not move', async (t) => {
  const body = new MovableBody(target())
  await body.sendPart(Buffer.alloc(1024 * 1024), false)
  await body.sendPart(Buffer.alloc(1), false)
  t.notOk(body.leave())
})

test('more than can be kept waits until the listener has read that much, and moves if it closes', async (t) => {
  const [first, second] = [target(), target()]
  const asked = new Promise<void>((resolve) => {
    first.untilRead = () => {
      resolve()
      return new Promise<void>((read) => {
        first.read = read
      })
    }
  })
  const body = new MovableBody(first)
  await body.sendPart(Buffer.alloc(1024 * 1024, 'a'), false)
  const waiting = body.sendPart(Buffer.from('b'), true)
  await asked
  t.equal(first.parts.length, 1)
  t.ok(body.leave())
  first.read()
  await body.moveTo(second)
  await waiting
  t.equal(first.parts.length, 1)
  t.strictSame(
    second.parts.map((part) => part.length),
    [1024 * 1024, 2],
  )
})

test('nobody waits for a target once the body is released', async (t) => {
  const first = target()
  const body = new MovableBody(first)
  body.leave()
  const waiting = body.sendPart(Buffer.from('a'), false)
  body.release()
  await waiting
  await body.sendPart(Buffer.from('b'), true)
  t.strictSame(first.parts, [])
})
