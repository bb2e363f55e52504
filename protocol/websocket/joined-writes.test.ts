import { setImmediate as turn } from 'node:timers/promises'
import { test } from 'tap'
import { JoinedWrites } from './joined-writes.ts'

/** Messages that go through it, and the writes that have come of them. */
function writing() {
  const writes: string[] = []
  let corked = 0
  let waiting = ''
  const joined = new JoinedWrites({
    cork: () => void corked++,
    uncork: () => {
      corked--
      writes.push(waiting)
      waiting = ''
    },
  })
  const write = (text: string) => {
    if (corked === 0) writes.push(text)
    else waiting += text
  }
  const send = (...texts: string[]) => {
    for (const text of texts) joined.message(() => write(text))
  }
  return { writes, send, corked: () => corked, endOfTurn: () => turn().then(() => turn()) }
}

test('a message that is alone in its turn does not wait', async (t) => {
  const { writes, send, corked, endOfTurn } = writing()
  for (const [i, text] of ['a', 'b', 'c'].entries()) {
    send(text)
    t.equal(writes.length, i + 1)
    await endOfTurn()
  }
  t.strictSame(writes, ['a', 'b', 'c'])
  t.equal(corked(), 0)
})

test('after a turn of several messages those of the next are few writes', async (t) => {
  const { writes, send, corked, endOfTurn } = writing()
  send('a', 'b', 'c')
  await endOfTurn()
  t.strictSame(writes.splice(0), ['a', 'bc'], 'nobody knew that more would come')
  send('d', 'e', 'f')
  t.strictSame(writes, [])
  await endOfTurn()
  t.strictSame(writes.splice(0), ['def'])
  send('g', 'h', 'i', 'j', 'k', 'l')
  t.strictSame(writes, ['ghij'], 'the other end does not wait for all of many')
  await endOfTurn()
  t.strictSame(writes.splice(0), ['ghij', 'kl'])
  send('m')
  t.strictSame(writes, [], 'the first of a turn may still be one of several')
  await endOfTurn()
  send('n')
  t.strictSame(writes, ['m', 'n'])
  await endOfTurn()
  t.equal(corked(), 0)
})
