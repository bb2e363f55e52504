import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { test } from 'tap'
import { socketPair } from './socket-pair.ts'

const FROM = { remoteAddress: '203.0.113.7', remotePort: 5, encrypted: true }

test('what one side writes the other reads, and each may end by itself', async (t) => {
  const { near, far } = socketPair(FROM)
  const texts: string[] = []
  far.on('data', (chunk: Buffer) => texts.push(chunk.toString()))
  near.on('data', (chunk: Buffer) => texts.push(chunk.toString()))
  near.end('question')
  await once(far, 'end')
  far.end('answer')
  await once(near, 'end')
  t.same(texts, ['question', 'answer'])
})

test('a side that is not read holds the writer up', async (t) => {
  const { near, far } = socketPair(FROM)
  let isFull = false
  for (let i = 0; i < 100 && !isFull; i++) isFull = !near.write(Buffer.alloc(10_000))
  t.equal(isFull, true)
  const drained = once(near, 'drain')
  far.resume()
  await drained
})

test('a side that goes before its end takes the other along', async (t) => {
  const { near, far } = socketPair(FROM)
  const failed = new Promise((resolve) => near.on('error', resolve))
  far.destroy()
  await failed
  t.match(near.errored, { code: 'ECONNRESET' })
})

test('node:http takes it for a socket from the sender', async (t) => {
  const { near, far } = socketPair(FROM)
  const server = createServer((incoming, response) => {
    response.end(`${incoming.socket.remoteAddress} ${'encrypted' in incoming.socket}`)
  })
  server.emit('connection', far)
  const outgoing = request({ createConnection: () => near }).end()
  const [response] = (await once(outgoing, 'response')) as [NodeJS.ReadableStream]
  let text = ''
  for await (const chunk of response) text += String(chunk)
  t.equal(text, '203.0.113.7 true')
})
