import fc from 'fast-check'
import { test } from 'tap'
import {
  listenAddress,
  readAction,
  readTarget,
  rendezvousAddress,
  sendAddress,
} from './addresses.ts'
import { filterQuery } from './query-filter.ts'
import { readParameter } from './parameters.ts'

test('the $hc prefix is known in any case and escaped', (t) => {
  for (const target of ['/$hc/a/b?x=1', '/$HC/a/b?x=1', '/%24hc/a/b?x=1', '/%24Hc/a/b?x=1']) {
    t.strictSame(
      readTarget(target),
      { isHybridConnection: true, path: 'a/b', segments: ['a', 'b'], query: 'x=1' },
      target,
    )
  }
  t.end()
})

test('a path that only begins like the prefix is an ordinary one', (t) => {
  for (const target of ['/$hcx/a', '/hc/a', '/x/$hc/a']) {
    t.equal(readTarget(target).isHybridConnection, false, target)
  }
  t.end()
})

test('slashes are collapsed between the prefix and the entity only', (t) => {
  t.same(readTarget('/$hc//a//b').path, 'a//b')
  t.same(readTarget('/$hc//a//b').segments, ['a', '', 'b'])
  t.same(readTarget('//a').segments, ['', 'a'])
  t.end()
})

test('a trailing slash stays in the path and gives no segment', (t) => {
  t.hasStrict(readTarget('/$hc/a/'), { path: 'a/', segments: ['a'] })
  t.hasStrict(readTarget('/a//'), { path: 'a//', segments: ['a'] })
  for (const target of ['/', '/$hc', '/$hc/', '/$hc//'])
    t.same(readTarget(target).segments, [], target)
  t.end()
})

test('segments are decoded one by one while the path keeps its escapes', (t) => {
  const target = readTarget('/a%2Fb/c%20d/%C3%B8')
  t.equal(target.path, 'a%2Fb/c%20d/%C3%B8')
  t.same(target.segments, ['a/b', 'c d', 'ø'])
  t.end()
})

test('raw bytes beyond ASCII in a path become escapes', (t) => {
  const target = readTarget(Buffer.from('/ø', 'utf8').toString('latin1'))
  t.hasStrict(target, { path: '%C3%B8', segments: ['ø'] })
  t.end()
})

test('an absolute target means the same as its path', (t) => {
  t.strictSame(readTarget('http://h:1/$hc/a?b=/c?d'), readTarget('/$hc/a?b=/c?d'))
  t.hasStrict(readTarget('http://h'), { path: '', query: '' })
  t.hasStrict(readTarget('http://h?a=1'), { path: '', query: 'a=1' })
  t.end()
})

test('a target that is no path, or has a broken escape or fragment is refused', (t) => {
  for (const target of ['', '*', 'h:443', 'a/b', '/a%', '/a%zz', '/a#b']) {
    t.throws(() => readTarget(target), { code: 'RELAY_TARGET_INVALID', status: 400 }, target)
  }
  t.end()
})

test('escapes of control characters, and of bytes that are no UTF-8, stay as written', (t) => {
  // relay-protocol 5.2 and 11, row 7
  for (const path of ['caf%E9', 'a%0d%0Ab', '%00', '%7F', '%c2%85']) {
    t.hasStrict(readTarget(`/open/${path}/x%20y`), { segments: ['open', path, 'x y'] }, path)
  }
  t.end()
})

test('an action is known in any case and a handshake without one connects', (t) => {
  t.equal(readAction('sb-hc-action=listen'), 'listen')
  t.equal(readAction('x=1&SB-HC-ACTION=Accept'), 'accept')
  t.equal(readAction('sb-hc-action=request'), 'request')
  t.equal(readAction(''), 'connect') // relay-protocol 1.1, fact 6
  t.equal(readAction('sb-hc-token=x'), 'connect')
  t.end()
})

test('an unknown action is refused by name, clean and cut', (t) => {
  const code = 'RELAY_ACTION_UNSUPPORTED'
  t.throws(() => readAction('sb-hc-action=fly'), { code, message: "Unsupported action 'fly'" })
  t.throws(() => readAction('sb-hc-action=a%0D%0Ab'), { message: "Unsupported action 'a  b'" })
  t.throws(() => readAction(`sb-hc-action=${'x'.repeat(999)}`), {
    message: `Unsupported action '${'x'.repeat(64)}'`,
  })
  t.end()
})

const rendezvous = {
  scheme: 'wss',
  host: 'h:9443',
  path: 'a/b%20c',
  query: '',
  id: 'i_G0',
} as const

test('a rendezvous address has the sender’s path and query, then the relay’s own parameters', (t) => {
  t.equal(
    rendezvousAddress({ ...rendezvous, action: 'accept', secret: 'ff' }),
    'wss://h:9443/$hc/a/b%20c?sb-hc-action=accept&sb-hc-id=i_G0&sb-hc-rendezvous=ff',
  )
  t.equal(
    rendezvousAddress({ ...rendezvous, query: 'x=1&', action: 'request', secret: 'ff' }),
    'wss://h:9443/$hc/a/b%20c?x=1&&sb-hc-action=request&sb-hc-id=i_G0&sb-hc-rendezvous=ff',
  )
  t.end()
})

test('no query of a sender hides the relay’s own parameters', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...Array.from('sb-hc-ida=&%71+')) }), (sent) => {
      const query = filterQuery(sent)
      const address = rendezvousAddress({ ...rendezvous, query, action: 'accept', secret: 'ab12' })
      const target = readTarget(address)
      return (
        readAction(target.query) === 'accept' &&
        readParameter(target.query, 'sb-hc-id') === 'i_G0' &&
        readParameter(target.query, 'sb-hc-rendezvous') === 'ab12' &&
        filterQuery(target.query) === query
      )
    }),
  )
  t.end()
})

test('our own clients write query, action and id in this order and never a token', (t) => {
  t.equal(listenAddress({ host: 'h', path: 'a' }), 'wss://h/$hc/a?sb-hc-action=listen')
  t.equal(
    sendAddress({ scheme: 'ws', host: 'h:1', path: '/a/b c?', query: 'x=1', id: 'i' }),
    'ws://h:1/$hc/a/b%20c%3F?x=1&sb-hc-action=connect&sb-hc-id=i',
  )
  t.end()
})

test('an address of our own clients is read back', (t) => {
  const segment = fc
    .string({ unit: 'grapheme', minLength: 1 })
    .filter((text) => !/\p{Cc}/u.test(text))
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1 }), (segments) => {
      const path = segments.join('/').replace(/^\/+/, '')
      const target = readTarget(sendAddress({ host: 'h', path }))
      const isSame = target.segments.join('/') === path.replace(/\/+$/, '')
      return isSame && target.isHybridConnection
    }),
  )
  t.end()
})
