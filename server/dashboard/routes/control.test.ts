import { test } from 'tap'
import { startAdmin } from '../testing/admin-fixture.ts'

test('a reload tells the file, what changed and what it warned of', async (t) => {
  const changes = ['contoso/sql created']
  const warnings = ['contoso/web gave way to the file']
  const { call } = await startAdmin(t, {
    reload: async () => ({ ok: true, file: 'relay-emulator.yaml', changes, warnings }),
  })
  t.match(await call('POST', '/reload'), {
    status: 200,
    body: { file: 'relay-emulator.yaml', changes, warnings },
  })
})

test('a refused file is explained line by line', async (t) => {
  const { call } = await startAdmin(t, {
    reload: async () => ({
      ok: false,
      file: 'relay-emulator.yaml',
      problems: [
        { path: '/namespaces/0/name', message: 'is too short', line: 4, column: 9 },
        { path: '', message: 'cannot be read', line: null, column: null },
      ],
    }),
  })
  const { status, body } = await call('POST', '/reload')
  t.equal(status, 400)
  t.match(body['error'], {
    code: 'RELAY_INPUT_INVALID',
    target: 'config',
    next: 'relay-emulator config validate',
    details: [
      { target: '/namespaces/0/name', message: 'line 4, column 9: is too short' },
      { target: '', message: 'cannot be read' },
    ],
  })
})

test('a reset answers when it is done', async (t) => {
  let resets = 0
  const { call } = await startAdmin(t, {
    reset: async () => {
      resets++
    },
  })
  t.match(await call('POST', '/reset'), { status: 204, text: '' })
  t.equal(resets, 1)
  t.equal((await call('POST', '/reset', { hard: true })).status, 400)
  t.equal(resets, 1)
})
