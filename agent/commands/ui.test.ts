import { type Test, test } from 'tap'
import { WebSocket } from 'ws'
import { recordingIo } from '../../console/testing/recording-io.ts'
import { createAgent } from '../daemon.ts'
import { ui } from './ui.ts'

/** A daemon, and what a browser sends to it. */
async function running(t: Test) {
  const stateDir = t.testdir()
  const agent = await createAgent({ stateDir, name: 'onprem-1' })
  t.teardown(() => agent.close())
  const call = (method: string, path: string, token: string | null, body?: object) =>
    fetch(`${agent.controlApi}${path}`, {
      method,
      headers: {
        ...(token !== null && { authorization: `Bearer ${token}` }),
        ...(body && { 'content-type': 'application/json', origin: agent.controlApi }),
      },
      ...(body && { body: JSON.stringify(body) }),
    })
  return { stateDir, agent, call }
}

/** The code of the link that `hcm ui` prints. */
async function codeOf(stateDir: string, origin: string): Promise<string> {
  const { io, written } = recordingIo()
  await ui({ stateDir }, io)
  const prefix = `${origin}/#/login/`
  if (!written.stdout.startsWith(prefix)) throw new Error(`no link: ${written.stdout}`)
  return written.stdout.slice(prefix.length).trim()
}

test('the link of hcm ui logs one browser in, once (dashboard 5)', async (t) => {
  const { stateDir, agent, call } = await running(t)
  const code = await codeOf(stateDir, agent.controlApi)
  t.equal(Buffer.from(code, 'base64url').length, 16)
  const given = await call('POST', '/api/v1/session', null, { code })
  t.equal(given.status, 201)
  const { token } = (await given.json()) as { token: string }
  t.equal(Buffer.from(token, 'base64url').length, 32)
  t.equal((await call('GET', '/api/v1/service', token)).status, 200)
  const twice = await call('POST', '/api/v1/session', null, { code })
  t.equal(twice.status, 401)
  t.match(await twice.json(), { error: { code: 'RELAY_ADMIN_TOKEN_REQUIRED', next: 'hcm ui' } })
  const more = await call('POST', '/api/v1/session/codes', token, {})
  t.equal(more.status, 401, 'a browser cannot prolong itself')
  t.equal((await call('DELETE', '/api/v1/session', token)).status, 204)
  t.equal((await call('GET', '/api/v1/service', token)).status, 401)
})

test('five wrong codes refuse right ones too, and the commands go on', async (t) => {
  const { stateDir, agent, call } = await running(t)
  for (const status of [401, 401, 401, 401, 429]) {
    const answer = await call('POST', '/api/v1/session', null, { code: 'guess' })
    t.equal(answer.status, status)
  }
  const code = await codeOf(stateDir, agent.controlApi)
  const late = await call('POST', '/api/v1/session', null, { code })
  t.match(await late.json(), { error: { code: 'RELAY_TOO_MANY_CODES' } })
})

test('the feed takes its token in the first message and tells service, connections and log', async (t) => {
  const { stateDir, agent, call } = await running(t)
  const code = await codeOf(stateDir, agent.controlApi)
  const given = await call('POST', '/api/v1/session', null, { code })
  const { token } = (await given.json()) as { token: string }
  const url = `${agent.controlApi.replace('http', 'ws')}/api/v1/feed`

  const refused = new WebSocket(url)
  refused.on('open', () => refused.send(hello('wrong')))
  t.equal(await new Promise((resolve) => refused.on('close', resolve)), 1008)

  const socket = new WebSocket(url)
  t.teardown(() => socket.terminate())
  const seen = new Map<number, unknown>()
  await new Promise<void>((resolve) => {
    socket.on('open', () => socket.send(hello(token)))
    socket.on('message', (data) => {
      const message = JSON.parse((data as Buffer).toString()) as {
        type: string
        sub: number
        rows: unknown
      }
      if (message.type === 'welcome') {
        for (const [index, topic] of ['service', 'connections', 'logs'].entries()) {
          const more = { from: null, after: null, of: null }
          socket.send(JSON.stringify({ type: 'subscribe', sub: index + 1, topic, ...more }))
        }
      }
      if (message.rows !== undefined) seen.set(message.sub, message.rows)
      if (seen.size === 3) resolve()
    })
  })
  t.match(seen.get(1), [{ id: 'service', name: 'onprem-1' }])
  t.strictSame(seen.get(2), [])
  t.match(seen.get(3), [{ n: 1, message: 'agent started' }])
})

function hello(token: string): string {
  return JSON.stringify({ type: 'hello', token, epoch: null, seq: null })
}

test('--open hands the link to the desktop, and says when that cannot be done', async (t) => {
  const { stateDir } = await running(t)
  const opened: string[] = []
  const { io, written } = recordingIo()
  const open = (url: string) => {
    opened.push(url)
    return Promise.resolve(false)
  }
  t.equal(await ui({ stateDir, open: true }, io, open), 0)
  t.strictSame(opened, [written.stdout.trim()])
  t.match(written.stderr, /open the link by hand/)
})

test('without a daemon there is no link', async (t) => {
  const { io } = recordingIo()
  await t.rejects(ui({ stateDir: t.testdir() }, io), { exitCode: 3, message: /no daemon runs/ })
})
