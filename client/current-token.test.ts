import { test } from 'tap'
import { CurrentToken } from './current-token.ts'
import { ManualClock } from './testing/manual-clock.ts'

const signal = new AbortController().signal

test('the token at hand is exchanged before it ends, and one that fails is asked for again', async (t) => {
  const clock = new ManualClock(0)
  let asked = 0
  const provider = {
    getToken: async () => {
      if (++asked === 2) throw new Error('once')
      return { token: `t${asked}`, expiresAtMs: clock.now() + 100_000 }
    },
  }
  const token = await CurrentToken.open(provider, 'a', signal, clock)
  t.equal(token.text, 't1')
  await clock.advance(80_000)
  t.equal(token.text, 't1')
  await clock.advance(5_000)
  t.equal(token.text, 't3')
  token.stop()
  t.same(clock.waits, [])
})
