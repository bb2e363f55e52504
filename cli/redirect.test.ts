import { test } from 'tap'
import { formatRedirect, readRedirect, redirectArguments } from './redirect.ts'

const redirect = { names: ['contoso.servicebus.windows.net'], host: '127.0.0.1', port: 9443 }
const name = 'contoso.servicebus.windows.net'

test('a configured name on port 443 is led away in every form of connect', async (t) => {
  const callback = () => undefined
  t.same(redirectArguments([443, name, callback], redirect), [9443, '127.0.0.1', callback])
  t.same(redirectArguments(['443', name.toUpperCase()], redirect), [9443, '127.0.0.1'])
  const [options, last] = redirectArguments(
    [{ host: name, port: 443, servername: name }, callback],
    redirect,
  )
  t.match(options, { host: '127.0.0.1', port: 9443, servername: name })
  t.equal(last, callback)
})

test('the array that net.connect has normalised keeps its mark and its callback', async (t) => {
  const mark = Symbol('normalizedArgs')
  const callback = () => undefined
  const normalised = Object.assign([{ host: name, port: 443 }, callback], { [mark]: true })
  const [changed] = redirectArguments([normalised], redirect) as [typeof normalised]
  t.match(changed[0], { host: '127.0.0.1', port: 9443 })
  t.equal(changed[1], callback)
  t.equal(changed[mark], true)
  t.match(normalised[0], { host: name, port: 443 }, 'the original is untouched')
})

test('the options of the caller are never changed, so TLS still checks the production name', async (t) => {
  const options = Object.freeze({
    host: name,
    port: 443,
    servername: name,
    lookup: () => undefined,
  })
  const [changed] = redirectArguments([options], redirect)
  t.not(changed, options)
  t.match(changed, { servername: name, lookup: undefined })
})

test('options keep their prototype and their symbols', async (t) => {
  const symbol = Symbol('agent')
  class Options {
    host = name
    port = 443
    readonly [symbol] = 'kept'
    get family() {
      return 4
    }
  }
  const [changed] = redirectArguments([new Options()], redirect) as [Options]
  t.equal(changed.family, 4)
  t.equal(changed[symbol], 'kept')
})

test('any other name, port or kind of address is handed on as the same array', async (t) => {
  const others: unknown[][] = [
    [443, 'fabrikam.servicebus.windows.net'],
    [443, 'x.contoso.servicebus.windows.net'],
    [443, `${name}.evil.example`],
    [5671, name],
    [443],
    [443, () => undefined],
    ['/run/socket'],
    [{ host: 'example.com', port: 443 }],
    [{ host: name, port: 80 }],
    [{ host: name, port: 443, path: '/run/socket' }],
    [{ port: 443 }],
    [[{ host: 'example.com', port: 443 }, null]],
    [null],
    [],
  ]
  for (const args of others) t.equal(redirectArguments(args, redirect), args)
})

test('the variable survives its round trip, and nonsense in it means no redirect', async (t) => {
  t.same(readRedirect(formatRedirect(redirect)), redirect)
  for (const text of [undefined, '', 'x', '{}', 'null', '[]', '{"names":1,"host":"a","port":1}'])
    t.equal(readRedirect(text), undefined)
})
