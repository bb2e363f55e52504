import { test } from 'tap'
import { appConnect, formatAppRedirect, readAppRedirect } from './app-redirect.ts'

const redirect = {
  endpoints: [{ host: 'db.corp.example', port: 5432, address: '127.0.0.1', localPort: 40_001 }],
}
const host = 'db.corp.example'

test('an endpoint is led away in every form of connect, and TLS keeps its name', async (t) => {
  const callback = () => undefined
  t.same(appConnect([5432, host, callback], redirect), {
    kind: 'redirect',
    args: [40_001, '127.0.0.1', callback],
  })
  t.same(appConnect(['5432', host.toUpperCase()], redirect), {
    kind: 'redirect',
    args: [40_001, '127.0.0.1'],
  })
  const options = Object.freeze({ host, port: 5432, servername: host, lookup: () => undefined })
  t.match(appConnect([options, callback], redirect), {
    kind: 'redirect',
    args: [{ host: '127.0.0.1', port: 40_001, servername: host, lookup: undefined }, callback],
  })
})

test('the array that net.connect has normalised keeps its mark', async (t) => {
  const mark = Symbol('normalizedArgs')
  const normalised = Object.assign([{ host, port: 5432 }, null], { [mark]: true })
  const decision = appConnect([normalised], redirect)
  t.equal(decision.kind, 'redirect')
  if (decision.kind !== 'redirect') return
  const [changed] = decision.args as [typeof normalised]
  t.match(changed[0], { host: '127.0.0.1', port: 40_001 })
  t.equal(changed[mark], true)
  t.match(normalised[0], { host, port: 5432 }, 'the original is untouched')
})

test('another port of the host is refused, anything else passes', async (t) => {
  t.same(appConnect([5433, host], redirect), { kind: 'refuse', host, port: 5433 })
  t.same(appConnect([{ host, port: 1 }], redirect), { kind: 'refuse', host, port: 1 })
  for (const args of [
    [5432, 'localhost'],
    [5432],
    ['/run/socket'],
    [{ path: '/run/socket', host, port: 5432 }],
    [{ host: 'db', port: 5432 }],
    [null],
    [],
  ]) {
    t.same(appConnect(args, redirect), { kind: 'pass' })
  }
})

test('the variable survives its round trip, and nonsense in it means no redirect', async (t) => {
  t.same(readAppRedirect(formatAppRedirect(redirect)), redirect)
  for (const text of [undefined, '', 'x', '{}', '[]']) t.equal(readAppRedirect(text), undefined)
})
