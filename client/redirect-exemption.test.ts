import { test } from 'tap'
import { explainExemption, redirectExemption } from './redirect-exemption.ts'

test('addresses and names of this machine are never redirected, names of others are', async (t) => {
  for (const host of ['10.0.0.5', '127.0.0.1', '::1', '[fd00::5]']) {
    t.equal(redirectExemption(host), 'ip-address', host)
  }
  for (const host of ['localhost', 'LOCALHOST', 'db.localhost']) {
    t.equal(redirectExemption(host), 'localhost', host)
  }
  for (const host of ['db', 'db.corp.example', 'localhost.example', '10.0.0.5.example']) {
    t.equal(redirectExemption(host), undefined, host)
  }
  t.match(explainExemption('ip-address'), /IP address/)
  t.match(explainExemption('localhost'), /own machine/)
})
