import { test } from 'tap'
import { isNamed, namesOf } from './connection-names.ts'

test('the namespace is what the relay says, else the first label of its name, or all of it', (t) => {
  const namespace = (hostname: string, host = hostname, told = '') =>
    namesOf({ hostname, host, entityPath: 'a/b' }, told).namespace
  t.equal(namespace('relay.corp.example', 'relay.corp.example:9443', 'contoso'), 'contoso')
  t.equal(namespace('contoso.servicebus.windows.net'), 'contoso')
  t.equal(namespace('localhost', 'localhost:9443'), 'localhost')
  t.equal(namespace('127.0.0.1'), '127.0.0.1')
  t.equal(namespace('::1', '[::1]:9443'), '::1')
  t.end()
})

test('namespace, host and HOST:PORT find it, in any case', (t) => {
  const relay = { hostname: 'localhost', host: 'localhost:9443', entityPath: 'a/b' }
  const names = namesOf(relay, 'contoso')
  t.ok(isNamed(names, 'Contoso', 'A/b'))
  t.ok(isNamed(names, 'localhost', 'a/b'))
  t.ok(isNamed(names, 'localhost:9443', 'a/b'))
  t.notOk(isNamed(names, 'contoso', 'a'))
  t.notOk(isNamed(names, 'fabrikam', 'a/b'))
  t.end()
})
