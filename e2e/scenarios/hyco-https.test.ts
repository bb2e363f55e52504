import { createHash } from 'node:crypto'
import https from 'node:https'
import { test, type Test } from 'tap'
import { startProgram } from '../harness/program.ts'
import { type TestRelay, keyOf, startRelay } from '../harness/relay.ts'

type Answer = {
  status: number
  reason: string
  headers: NodeJS.Dict<string | string[]>
  body: Buffer
}

/** One request over TLS to the entity `open`, which lets anybody send. */
function request(
  relay: TestRelay,
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: Buffer } = {},
): Promise<Answer> {
  const { method = 'GET', headers = {}, body } = options
  return new Promise((resolve, reject) => {
    const sent = https.request(
      { host: 'localhost', port: relay.port, ca: relay.caPem, path, method, headers },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            reason: response.statusMessage ?? '',
            headers: response.headers,
            body: Buffer.concat(chunks),
          }),
        )
      },
    )
    sent.on('error', reject)
    sent.end(body)
  })
}

async function startApp(t: Test): Promise<TestRelay> {
  const relay = await startRelay(t)
  const rootKey = keyOf(relay.server, 'RootManageSharedAccessKey')
  const app = startProgram(
    t,
    'hyco-https-app.mjs',
    [relay.url('open', { 'sb-hc-action': 'listen' }), 'RootManageSharedAccessKey', rootKey],
    relay.caFile,
  )
  await app.next('listening')
  return relay
}

const sha = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

test('unmodified hyco-https serves requests and bodies of every size', async (t) => {
  const relay = await startApp(t)
  const plain = await request(relay, '/open/a%20path?x=1&sb-hc-token=t&y=2', {
    headers: { 'X-Ask': 'Me' },
  })
  t.equal(plain.status, 200)
  t.equal(plain.headers['x-answer'], 'Yes')
  t.match(plain.headers['via'], /1\.1 localhost/)
  t.match(JSON.parse(plain.body.toString()), {
    method: 'GET',
    url: '/open/a path?x=1&y=2',
    headers: { 'x-ask': 'Me', via: '1.1 localhost' },
    size: 0,
  })
  for (const size of [0, 1, 65_535, 65_536, 65_537, 1_048_576, 20 * 1_048_576]) {
    const body = Buffer.alloc(size, 'upload')
    const up = await request(relay, '/open/up', { method: 'POST', body })
    t.match(JSON.parse(up.body.toString()), { method: 'POST', size, sha: sha(body) }, `up ${size}`)
    const down = await request(relay, `/open/size?bytes=${size}`)
    t.equal(sha(down.body), sha(Buffer.alloc(size, 'relay')), `down ${size}`)
  }
})

test('66,000 writes of one byte arrive as one body', async (t) => {
  const relay = await startApp(t)
  const { body } = await request(relay, '/open/drip?count=66000')
  t.equal(body.length, 66_000)
  const small = await request(relay, '/open/drip?count=500')
  t.equal(small.body.length, 500)
})

test('statuses without a body leave no trace in the next answer', async (t) => {
  const relay = await startApp(t)
  for (const code of [204, 304, 205, 404]) {
    const { status, body } = await request(relay, `/open/status?code=${code}`)
    t.equal(status, code)
    t.equal(body.length, 0)
  }
  const after = await request(relay, '/open/size?bytes=3')
  t.equal(after.body.length, 3)
})
