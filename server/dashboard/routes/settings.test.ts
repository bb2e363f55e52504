import { test } from 'tap'
import { startAdmin } from '../testing/admin-fixture.ts'

test('settings change at once, say that they are another, and are back when they are set back', async (t) => {
  const { call, events } = await startAdmin(t)
  t.same((await call('GET', '/settings')).body, {
    profile: '2025',
    seed: 42,
    loose: false,
    overridden: [],
  })
  const changed = await call('PATCH', '/settings', { profile: '2017', seed: 7 })
  t.match(changed.body, { profile: '2017', seed: 7, overridden: ['profile', 'seed'] })
  t.match(events.since(0).at(-1), {
    type: 'settingsChanged',
    message: 'profile is 2017, seed is 7, until the next start',
  })
  const back = await call('PATCH', '/settings', { profile: '2025', seed: 42 })
  t.same(back.body['overridden'], [])
})

test('what is no setting, or no value of it, is refused', async (t) => {
  const { call, events } = await startAdmin(t)
  for (const body of [{}, { profile: '2016' }, { seed: -1 }, { loose: 'yes' }, { port: 1 }]) {
    t.match(await call('PATCH', '/settings', body), { status: 400 }, JSON.stringify(body))
  }
  t.equal(events.last, 0)
})

test('without a CA of its own there is nothing to trust', async (t) => {
  const { call } = await startAdmin(t, { caPem: null })
  t.match(await call('GET', '/trust'), { status: 404 })
})
