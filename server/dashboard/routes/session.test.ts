import { randomBytes } from 'node:crypto'
import { test } from 'tap'
import { Sessions } from '../../../console/session.ts'
import { NOW_MS, startAdmin } from '../testing/admin-fixture.ts'
import { loginLink } from './session.ts'

const TOKEN = 'the-admin-token'

test('with an admin token a code leads to a session, and nothing else does (dashboard 8)', async (t) => {
  const sessions = new Sessions({ now: () => NOW_MS, random: randomBytes })
  const { app } = await startAdmin(t, { sessions, guard: { token: TOKEN, allowedHosts: [] } })
  const call = async (
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    token?: string,
    body?: object,
  ) => {
    const answer = await app.inject({
      method,
      url: path,
      headers: {
        host: 'localhost:9400',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(method === 'POST' && { 'content-type': 'application/json' }),
      },
      ...(method === 'POST' && { payload: JSON.stringify(body ?? {}) }),
    })
    return { status: answer.statusCode, text: answer.body }
  }
  t.equal((await call('GET', '/api/v1/overview')).status, 401)
  t.equal((await call('GET', '/metrics')).status, 401)
  t.equal((await call('GET', '/health/live')).status, 200)
  t.equal((await call('POST', '/api/v1/session/codes')).status, 401)
  const { code } = JSON.parse((await call('POST', '/api/v1/session/codes', TOKEN)).text) as {
    code: string
  }
  const given = await call('POST', '/api/v1/session', undefined, { code })
  t.equal(given.status, 201, given.text)
  const { token } = JSON.parse(given.text) as { token: string }
  t.equal((await call('GET', '/api/v1/overview', token)).status, 200)
  t.equal((await call('GET', '/metrics', token)).status, 200)
  const again = await call('POST', '/api/v1/session', undefined, { code })
  t.match(again, { status: 401, text: /RELAY_ADMIN_TOKEN_REQUIRED/ })
  t.equal((await call('POST', '/api/v1/session/codes', token)).status, 401, 'no way to prolong it')
  t.equal((await call('DELETE', '/api/v1/session', token)).status, 204)
  t.equal((await call('GET', '/api/v1/overview', token)).status, 401)
  for (const status of [401, 401, 401, 429]) {
    t.equal((await call('POST', '/api/v1/session', undefined, { code: 'guess' })).status, status)
  }
})

test('the link leads to the page, with the code where no server sees it', (t) => {
  t.equal(loginLink('http://127.0.0.1:9400', 'abc'), 'http://127.0.0.1:9400/#/login/abc')
  t.end()
})
