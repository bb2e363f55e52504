import type { IncomingMessage } from 'node:http'
import { test } from 'tap'
import { peerLabel, remoteEndpoint, remoteText } from './peer.ts'

function request(headers: Record<string, string>, remoteAddress = '203.0.113.7'): IncomingMessage {
  return { headers, socket: { remoteAddress, remotePort: 62917 } } as unknown as IncomingMessage
}

/** Headers, and the name people see. Source: dashboard 2.1. */
const LABELS: [Record<string, string>, string][] = [
  [{ 'relay-user-agent': 'relay-emulator-hcm/1.0 (onprem-1)' }, 'onprem-1'],
  [{ 'relay-user-agent': 'relay-emulator-app/1.0 (shop web)' }, 'shop web'],
  [{ 'relay-user-agent': 'azure-relay-dotnet/3.0.1 (Linux; .NET 8)' }, 'azure-relay-dotnet/3.0.1'],
  [{ 'relay-user-agent': 'somebody-else-hcm/1.0 (not ours)' }, 'somebody-else-hcm/1.0'],
  [{ 'user-agent': 'Go-http-client/1.1' }, 'Go-http-client/1.1'],
  [{ 'user-agent': 'Mozilla/5.0(X11)' }, 'Mozilla/5.0'],
  [{ 'user-agent': ` ${'x'.repeat(500)}` }, 'x'.repeat(100)],
  [{ 'relay-user-agent': '', 'user-agent': '(none)' }, '203.0.113.7'],
  [{}, '203.0.113.7'],
]

test('a peer is called what it calls itself, else by its address', async (t) => {
  for (const [headers, label] of LABELS) t.equal(peerLabel(request(headers)), label)
})

test('IPv4 addresses have their plain form, and IPv6 ones brackets', async (t) => {
  t.strictSame(remoteEndpoint(request({}, '::ffff:10.0.0.1')), { address: '10.0.0.1', port: 62917 })
  t.equal(remoteText(remoteEndpoint(request({}, '::ffff:10.0.0.1'))), '10.0.0.1:62917')
  t.equal(remoteText(remoteEndpoint(request({}, '::1'))), '[::1]:62917')
})
