import { test } from 'tap'
import { redactTarget } from './redact-target.ts'

test('values of secret parameters are not shown, however their names are written', (t) => {
  const shown = redactTarget(
    '/web/hook?x=1&sb-hc-token=SECRET&SIG=SECRET&%73ig=SECRET&access_token=SECRET&token&q=a=b',
  )
  t.notMatch(shown, 'SECRET')
  t.equal(
    shown,
    '/web/hook?x=1&sb-hc-token=[redacted]&SIG=[redacted]&%73ig=[redacted]&access_token=[redacted]&token&q=a=b',
  )
  t.equal(redactTarget('/web?a=b?sig=1'), '/web?a=b?sig=1')
  t.equal(redactTarget('*'), '*')
  t.equal(redactTarget(`/${'a'.repeat(20_000)}`).length, 2_051)
  t.end()
})
