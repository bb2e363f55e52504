import { test } from 'tap'
import type { Namespace } from '../../protocol/entity.ts'
import {
  audienceHosts,
  checkHosts,
  hostOf,
  namespaceHosts,
  resolveNamespace,
} from './host-names.ts'

const at = '2026-01-01T00:00:00.000Z'
const namespace = (name: string, hosts: string[] = []): Namespace => ({
  name,
  hosts,
  location: 'westeurope',
  authorizationRules: [],
  hybridConnections: [],
  origin: 'file',
  createdAt: at,
  updatedAt: at,
})
const contoso = namespace('Contoso', ['Relay.Local', 'fd00::1'])
const fabrikam = namespace('fabrikam', ['127.0.0.2'])

test('a namespace has its two standard names and the configured ones', async (t) => {
  t.strictSame(namespaceHosts(contoso), [
    'contoso.servicebus.windows.net',
    'contoso.servicebus.localhost',
    'relay.local',
    'fd00::1',
  ])
})

test('among several namespaces the Host header decides', async (t) => {
  // product 4, `hosts`
  for (const [host, expected] of [
    ['contoso.servicebus.windows.net', contoso],
    ['CONTOSO.ServiceBus.Windows.Net:9443', contoso],
    ['contoso.servicebus.windows.net.', contoso],
    ['fabrikam.servicebus.localhost:443', fabrikam],
    ['relay.local:9443', contoso],
    ['[fd00::1]:9443', contoso],
    ['localhost:9443', contoso],
    ['127.0.0.1', contoso],
    ['127.9.9.9:9443', contoso],
    ['[::1]:9443', contoso],
    ['127.0.0.2:9443', fabrikam],
    ['other.servicebus.windows.net', undefined],
    ['servicebus.windows.net', undefined],
    ['127.evil.example', undefined],
    ['example.com', undefined],
    ['', undefined],
    [undefined, undefined],
  ] as const) {
    t.equal(resolveNamespace([contoso, fabrikam], host)?.name, expected?.name, host ?? 'no header')
  }
})

test('a single namespace answers to any name, none to nothing', async (t) => {
  t.equal(resolveNamespace([fabrikam], 'example.com'), fabrikam)
  t.equal(resolveNamespace([fabrikam], undefined), fabrikam)
  t.equal(resolveNamespace([], 'localhost'), undefined)
})

test('an audience may name the namespace, loopback on the first one, and the host of the request', async (t) => {
  // relay-protocol 2.2, step 4
  t.strictSame(audienceHosts(fabrikam, false, 'Example.com:9443'), [
    'fabrikam.servicebus.windows.net',
    'fabrikam.servicebus.localhost',
    '127.0.0.2',
    'example.com',
  ])
  t.ok(
    ['localhost', '127.0.0.1', '::1'].every((host) =>
      audienceHosts(contoso, true, undefined).includes(host),
    ),
  )
  t.notOk(audienceHosts(fabrikam, false, undefined).includes('localhost'))
})

test('the name is taken out of every form of a Host header', async (t) => {
  for (const [header, expected] of [
    ['H:1', 'h'],
    ['[::1]:443', '::1'],
    ['[::1]', '::1'],
    ['::1', '::1'],
    ['h.', 'h'],
    ['[broken', '[broken'],
    [':443', ''],
  ] as const) {
    t.equal(hostOf(header), expected)
  }
})

test('names that two namespaces want, and what is no name, are found', async (t) => {
  t.strictSame(checkHosts([contoso, fabrikam]), [])
  t.strictSame(
    checkHosts([namespace('contoso', ['localhost', 'contoso.servicebus.windows.net'])]),
    [],
  )
  t.match(checkHosts([contoso, namespace('fabrikam', ['ok.example', 'relay.local'])]), [
    { namespaceIndex: 1, hostIndex: 1, isTaken: true },
  ])
  t.match(checkHosts([namespace('contoso', ['fabrikam.servicebus.localhost']), fabrikam]), [
    { namespaceIndex: 0, hostIndex: 0, isTaken: true },
  ])
  for (const host of ['', 'a b', 'http://a', 'a:443', 'a/b', '*.example', 'a..b', '[::1', '-a']) {
    t.match(checkHosts([namespace('contoso', [host])]), [{ hostIndex: 0, isTaken: false }], host)
  }
})
