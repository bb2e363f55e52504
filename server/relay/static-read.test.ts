import { once } from 'node:events'
import { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { test, type Test } from 'tap'
import { findStaticRead } from '../../protocol/websocket/static-read.ts'
import { type Link, type Linker, tcpLinker, tlsLinker } from './testing/links.ts'

async function linked(t: Test, makeLinker: () => Promise<Linker>): Promise<Link<Socket>> {
  const linker = await makeLinker()
  const link = await linker.link()
  t.teardown(() => {
    linker.close()
    link.peer.destroy()
    link.relay.destroy()
  })
  return link
}

/** What a socket reads into `buffer`, collected, and a means to wait for its length. */
function collect(relay: Duplex, buffer: Buffer) {
  let text = ''
  let wake = () => {}
  const isLed = findStaticRead(Socket)?.(relay, buffer, (length) => {
    text += buffer.toString('latin1', 0, length)
    wake()
  })
  return {
    isLed,
    async read(length: number): Promise<string> {
      while (text.length < length) await new Promise<void>((resolve) => (wake = resolve))
      return text
    },
  }
}

for (const [name, makeLinker] of [
  ['TCP', tcpLinker],
  ['TLS', tlsLinker],
] as const) {
  test(`reads of an accepted socket land in the buffer, as long as it likes: ${name}`, async (t) => {
    const { peer, relay } = await linked(t, makeLinker)
    const reads = collect(relay, Buffer.alloc(16))
    t.equal(reads.isLed, true, 'this Node has what it takes')
    relay.on('data', () => t.fail('read past the buffer'))
    relay.resume()
    const text = 'the quick brown fox jumps over the lazy dog'
    peer.write(text)
    t.equal(await reads.read(text.length), text)
    relay.pause()
    peer.write(' and')
    await new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)))
    relay.resume()
    t.equal(await reads.read(text.length + 4), `${text} and`)
    peer.end(' rests')
    await once(relay, 'end')
    t.equal(await reads.read(0), `${text} and rests`)
  })
}

test('what was read before still comes as data, and first', async (t) => {
  const { peer, relay } = await linked(t, tcpLinker)
  relay.unshift(Buffer.from('early '))
  const heard: string[] = []
  const buffer = Buffer.alloc(64)
  findStaticRead(Socket)?.(relay, buffer, (length) =>
    heard.push(buffer.toString('latin1', 0, length)),
  )
  relay.on('data', (chunk: Buffer) => heard.push(chunk.toString('latin1')))
  relay.resume()
  peer.end('late')
  await once(relay, 'end')
  t.equal(heard.join(''), 'early late')
})

test('a reset is an error of the socket as ever', async (t) => {
  const { peer, relay } = await linked(t, tcpLinker)
  collect(relay, Buffer.alloc(16))
  relay.resume()
  const failed = once(relay, 'error') as Promise<[NodeJS.ErrnoException]>
  peer.resetAndDestroy()
  const [error] = await failed
  t.equal(error.code, 'ECONNRESET')
})

test('streams of another kind, sockets that are closed or led already are left alone', async (t) => {
  const lead = findStaticRead(Socket)
  const buffer = Buffer.alloc(16)
  t.equal(
    lead?.(new Duplex(), buffer, () => {}),
    false,
  )
  const { relay } = await linked(t, tcpLinker)
  t.equal(
    lead?.(relay, buffer, () => {}),
    true,
  )
  t.equal(
    lead?.(relay, buffer, () => {}),
    false,
  )
  relay.destroy()
  t.equal(
    lead?.(relay, buffer, () => {}),
    false,
  )
})

test('Windows fills buffers while others are looked at, so none is shared there', async (t) => {
  t.equal(findStaticRead(Socket, 'win32'), undefined)
})
