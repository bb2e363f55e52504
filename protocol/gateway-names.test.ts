import { test } from 'tap'
import {
  GATEWAY_COUNT,
  checkStamp,
  gatewayHost,
  gatewayName,
  gatewayNames,
  stampHost,
  stampOfGateway,
} from './gateway-names.ts'

test('a stamp has 256 gateways, G0 to G127 and GV0 to GV127', async (t) => {
  const names = gatewayNames('dm3-010')
  t.equal(new Set(names).size, 256)
  t.equal(names.length, GATEWAY_COUNT)
  t.equal(names[0], 'G0-prod-dm3-010-sb.servicebus.windows.net')
  t.equal(names[127], 'G127-prod-dm3-010-sb.servicebus.windows.net')
  t.equal(names[128], 'GV0-prod-dm3-010-sb.servicebus.windows.net')
  t.equal(names[255], 'GV127-prod-dm3-010-sb.servicebus.windows.net')
  t.equal(stampHost('dm3-010'), 'ns-sb2-prod-dm3-010.cloudapp.net')
})

test('a gateway is known by its name in any case, and nothing else is', async (t) => {
  for (const name of gatewayNames('dm3-010')) t.equal(stampOfGateway(name), 'dm3-010', name)
  t.equal(stampOfGateway('gv7-PROD-local-001-sb.servicebus.localhost'), 'local-001')
  for (const name of [
    'contoso.servicebus.windows.net',
    'G128-prod-dm3-010-sb.servicebus.windows.net',
    'G01-prod-dm3-010-sb.servicebus.windows.net',
    'GX1-prod-dm3-010-sb.servicebus.windows.net',
    'G1-prod-dm3-010-sb.example.com',
    'evil.G1-prod-dm3-010-sb.servicebus.windows.net',
    '',
  ]) {
    t.equal(stampOfGateway(name), undefined, name)
  }
})

test('a listener gets a gateway below the domain that it dialled, at the port it dialled', async (t) => {
  const cases: readonly (readonly [string, string])[] = [
    ['contoso.servicebus.windows.net', 'G5-prod-x-sb.servicebus.windows.net'],
    ['Contoso.ServiceBus.Windows.net:8443', 'G5-prod-x-sb.servicebus.windows.net:8443'],
    ['contoso.servicebus.localhost:9443', 'G5-prod-x-sb.servicebus.localhost:9443'],
    ['localhost:9443', 'localhost:9443'],
    ['[::1]:9443', '[::1]:9443'],
    ['relay.local', 'relay.local'],
  ]
  for (const [host, expected] of cases) t.equal(gatewayHost(host, 'x', 5), expected)
})

test('a stamp must fit into the label of a name', async (t) => {
  for (const stamp of ['dm3-010', 'bn-vaz0001', 'x', 'A1', 'a'.repeat(49)]) {
    t.equal(checkStamp(stamp), undefined, stamp)
    t.ok((gatewayName(stamp, 255).split('.')[0] ?? '').length <= 63)
  }
  for (const stamp of ['', '-a', 'a-', 'a--b', 'a.b', 'a b', 'ä', 'a'.repeat(50)]) {
    t.match(checkStamp(stamp), /dm3-010/, stamp)
  }
})
