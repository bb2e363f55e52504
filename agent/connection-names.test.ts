import { test } from 'tap'
import { isNamed, namesOf } from './connection-names.ts'

test('the namespace is the first label of the relay, or all of it', (t) => {
  const namespace = (hostname: string, host = hostname) =>
    namesOf({ hostname, host, entityPath: 'a/b' }).namespace
  t.equal(namespace('contoso.servicebus.windows.net'), 'contoso')
  t.equal(namespace('localhost', 'localhost:9443'), 'localhost')
  t.equal(namespace('127.0.0.1'), '127.0.0.1')
  t.equal(namespace('::1', '[::1]:9443'), '::1')
  t.end()
})

test('namespace, host and HOST:PORT find it, in any case', (t) => {
  const names = namesOf({
    hostname: 'contoso.servicebus.localhost',
    host: 'contoso.servicebus.localhost:9443',
    entityPath: 'a/b',
  })
  t.ok(isNamed(names, 'Contoso', 'A/b'))
  t.ok(isNamed(names, 'contoso.servicebus.localhost', 'a/b'))
  t.ok(isNamed(names, 'contoso.servicebus.localhost:9443', 'a/b'))
  t.notOk(isNamed(names, 'contoso', 'a'))
  t.notOk(isNamed(names, 'fabrikam', 'a/b'))
  t.end()
})
