import { once } from 'node:events'
import { fastify } from 'fastify'
import { type Test, test } from 'tap'
import { WebSocket } from 'ws'
import { type FeedRow, MAX_FEEDS, type TopicChanges } from './feed-contract.ts'
import { serveFeed, takeUpgrades } from './feed.ts'

test('rows travel over a real socket, and nobody looks at them when nobody reads', async (t) => {
  const { url, rows, looks } = await start(t)
  t.equal(looks.count, 0)
  const socket = await connect(t, url)
  socket.send(JSON.stringify({ type: 'hello', token: null, epoch: null, seq: null }))
  t.match(await next(socket), { type: 'welcome' })
  socket.send(JSON.stringify({ type: 'subscribe', sub: 1, topic: 'rows' }))
  t.match(await next(socket), { type: 'snapshot', rows: [] })
  rows.push({ id: 'a' })
  t.match(await next(socket), { type: 'delta', changes: [{ put: { id: 'a' } }] })
  socket.close()
  await once(socket, 'close')
})

test('a topic that knows what has changed is not looked at as a whole', async (t) => {
  const { url, changes, looks } = await start(t)
  const socket = await connect(t, url)
  socket.send(JSON.stringify({ type: 'hello', token: null, epoch: null, seq: null }))
  await next(socket)
  socket.send(JSON.stringify({ type: 'subscribe', sub: 1, topic: 'told' }))
  t.match(await next(socket), { type: 'snapshot', rows: [{ id: 'a' }, { id: 'b' }], total: 2 })
  changes.push({ put: [], gone: ['a'], total: 1 })
  t.match(await next(socket), { changes: [{ remove: 'a' }], totals: [{ sub: 1, total: 1 }] })
  t.equal(looks.told, 1, 'once, when it did not know')
})

test('what a hook refuses and one feed too many get no upgrade', async (t) => {
  const { url } = await start(t)
  const refused = new WebSocket(url, { headers: { origin: 'http://evil.example' } })
  t.match(await refusal(refused), { statusCode: 403 })
  for (let count = 0; count < MAX_FEEDS; count++) await connect(t, url)
  t.match(await refusal(new WebSocket(url)), { statusCode: 429 })
})

test('a message longer than 4 KiB ends the feed', async (t) => {
  const { url } = await start(t)
  const socket = await connect(t, url)
  const closed = once(socket, 'close')
  socket.send('x'.repeat(5_000))
  t.match((await closed)[0], 1009)
})

test('closing the server tells the browser that it goes away', async (t) => {
  const { url, app } = await start(t)
  const closed = once(await connect(t, url), 'close')
  await app.close()
  t.match((await closed)[0], 1001)
})

async function start(t: Test) {
  const app = fastify({ forceCloseConnections: true })
  const rows: FeedRow[] = []
  const changes: TopicChanges[] = []
  const looks = { count: 0, told: 0 }
  const refuse = (statusCode: number) => {
    throw Object.assign(new Error('refused'), { statusCode })
  }
  await takeUpgrades(app)
  app.addHook('onRequest', async ({ headers }) => {
    if (headers.origin) refuse(403)
  })
  serveFeed(app, '/feed', {
    epoch: 'e_1',
    build: 'b1',
    now: Date.now,
    isAllowed: () => true,
    state: {
      rows: {
        counters: [],
        rows: () => {
          looks.count++
          return { rows }
        },
      },
      told: {
        counters: [],
        rows: () => {
          looks.told++
          return { rows: [{ id: 'a' }, { id: 'b' }] }
        },
        changes: () => {
          if (looks.told === 0) return null
          return changes.shift() ?? { put: [], gone: [], total: 2 }
        },
      },
    },
    logs: {},
    refuseMore: () => refuse(429) as never,
  })
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(() => app.close())
  return { url: `${address.replace('http', 'ws')}/feed`, app, rows, changes, looks }
}

async function connect(t: Test, url: string): Promise<WebSocket> {
  const socket = new WebSocket(url)
  t.teardown(() => socket.terminate())
  await once(socket, 'open')
  return socket
}

async function next(socket: WebSocket): Promise<unknown> {
  const [data] = (await once(socket, 'message')) as [Buffer]
  return JSON.parse(data.toString())
}

async function refusal(socket: WebSocket): Promise<unknown> {
  socket.on('error', () => undefined)
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, unknown]
  socket.terminate()
  return response
}
