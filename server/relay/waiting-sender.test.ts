import { once } from 'node:events'
import { duplexPair } from 'node:stream'
import { test } from 'tap'
import { SpliceMemory } from './splice-memory.ts'
import { WaitingSender } from './waiting-sender.ts'

const MEMORY = new SpliceMemory()

test('what comes while the sender waits is read again later, behind the head', async (t) => {
  const [peer, socket] = duplexPair()
  const sender = new WaitingSender(socket, MEMORY, () => t.fail('it did not leave'))
  peer.write('one ')
  peer.write('two')
  await once(socket, 'data')
  await new Promise((resolve) => setImmediate(resolve))
  const heard: string[] = []
  const ended = new Promise<void>((resolve) => {
    sender.release(Buffer.from('head ')).tell({
      read: (bytes) => heard.push(bytes.toString()),
      ended: resolve,
      closed: () => {},
    })
  })
  peer.end(' three')
  socket.resume()
  await ended
  t.equal(heard.join(''), 'head one two three')
})

test('a sender that leaves is noticed once', async (t) => {
  for (const leave of ['end', 'destroy'] as const) {
    const [peer, socket] = duplexPair()
    let left = 0
    new WaitingSender(socket, MEMORY, () => left++)
    if (leave === 'end') {
      peer.end()
      await once(socket, 'end')
    }
    socket.destroy()
    await once(socket, 'close')
    t.equal(left, 1, leave)
  }
})

test('a sender that says much before it is answered is held back', async (t) => {
  const [peer, socket] = duplexPair()
  const sender = new WaitingSender(socket, MEMORY, () => {})
  let written = 0
  while (peer.write(Buffer.alloc(16 * 1024)) || written < 8) {
    written++
    await new Promise((resolve) => setImmediate(resolve))
    if (written > 100) break
  }
  t.ok(written < 20, `${written} chunks`)
  sender.release(Buffer.alloc(0))
  socket.destroy()
  peer.destroy()
})

test('nothing that was said is nothing to read again', async (t) => {
  const [peer, socket] = duplexPair()
  new WaitingSender(socket, MEMORY, () => {}).release(Buffer.alloc(0))
  t.equal(socket.readableLength, 0)
  peer.destroy()
  socket.destroy()
})
