import { test } from 'tap'
import {
  dialledEndpoint,
  formatConnectTo,
  formatEndpoint,
  mergeConnectTo,
  parseConnectTo,
  savedEndpoint,
} from './connect-to.ts'

test('a rule leads one endpoint elsewhere and leaves every other where it is', (t) => {
  const rules = [parseConnectTo('db.corp.example:5432:127.0.0.1:15432')]
  t.strictSame(dialledEndpoint({ host: 'DB.corp.example', port: 5432 }, rules), {
    host: '127.0.0.1',
    port: 15432,
  })
  for (const other of [
    { host: 'db.corp.example', port: 5433 },
    { host: 'x.db.corp.example', port: 5432 },
  ]) {
    t.strictSame(dialledEndpoint(other, rules), other)
  }
  t.end()
})

test('as with curl, an empty part in front means any, and one behind the own', (t) => {
  const dial = (rule: string) => dialledEndpoint({ host: 'db', port: 5432 }, [parseConnectTo(rule)])
  t.strictSame(dial('::127.0.0.1:1'), { host: '127.0.0.1', port: 1 })
  t.strictSame(dial('db::other:'), { host: 'other', port: 5432 })
  t.strictSame(dial(':5432::1'), { host: 'db', port: 1 })
  t.end()
})

test('the first rule that fits decides', (t) => {
  const rules = ['db:5432:first:1', ':5432:second:2'].map(parseConnectTo)
  t.equal(dialledEndpoint({ host: 'db', port: 5432 }, rules).host, 'first')
  t.equal(dialledEndpoint({ host: 'web', port: 5432 }, rules).host, 'second')
  t.end()
})

test('IPv6 addresses stand in brackets and are written the same way', (t) => {
  const text = '[fd00::1]:5432:[::1]:15432'
  t.strictSame(parseConnectTo(text), { host: 'fd00::1', port: 5432, toHost: '::1', toPort: 15432 })
  t.equal(formatConnectTo(parseConnectTo(text)), text)
  t.equal(formatEndpoint({ host: '::1', port: 1 }), '[::1]:1')
  t.strictSame(savedEndpoint('[::1]:1'), { host: '::1', port: 1 })
  t.equal(savedEndpoint(''), undefined)
  t.end()
})

test('a rule that is none is refused', (t) => {
  for (const text of [
    '',
    'db:5432',
    'db:5432:x',
    'db:x:y:1',
    'db:0:y:1',
    'db:1:y:65536',
    'a b:1:c:1',
  ]) {
    t.throws(() => parseConnectTo(text), { name: 'TypeError' }, text)
  }
  t.end()
})

test('a later rule for the same place replaces the kept one, and one that leads nowhere removes it', (t) => {
  const kept = ['db:1:a:1', 'web:2:b:2'].map(parseConnectTo)
  const merged = (...rules: string[]) =>
    mergeConnectTo(kept, rules.map(parseConnectTo)).map(formatConnectTo)
  t.strictSame(merged('db:1:c:3'), ['web:2:b:2', 'db:1:c:3'])
  t.strictSame(merged('db:1::'), ['web:2:b:2'])
  t.strictSame(merged(), ['db:1:a:1', 'web:2:b:2'])
  t.end()
})
