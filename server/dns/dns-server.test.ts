import { createSocket } from 'node:dgram'
import { Resolver } from 'node:dns/promises'
import { once } from 'node:events'
import { type Socket, connect } from 'node:net'
import { encode, streamDecode, streamEncode } from 'dns-packet'
import { type Test, test } from 'tap'
import { openDnsServer } from './dns-server.ts'
import { reachableAddresses } from './reachable-address.ts'

const QUESTION = { name: 'G9-prod-x-sb.servicebus.windows.net', type: 'A' as const }

async function startDns(t: Test, addresses: readonly string[] = []) {
  const server = await openDnsServer({
    host: '127.0.0.1',
    port: 0,
    zone: () => ({ stamp: 'x', namespaces: [{ name: 'contoso', hosts: [] }] }),
    addresses: () => addresses,
  })
  t.teardown(() => server.close())
  return server
}

test('a resolver finds the namespace, its stamp and its gateways', async (t) => {
  const { port } = await startDns(t, ['192.0.2.1', '2001:db8::1'])
  const resolver = new Resolver()
  resolver.setServers([`127.0.0.1:${port}`])
  const namespace = 'contoso.servicebus.windows.net'
  t.strictSame(await resolver.resolve4(namespace), ['192.0.2.1'])
  t.strictSame(await resolver.resolve6(namespace), ['2001:db8::1'])
  t.strictSame(await resolver.resolveCname(namespace), ['ns-sb2-prod-x.cloudapp.net'])
  t.strictSame(await resolver.resolve4('gv127-prod-x-sb.servicebus.windows.net'), ['192.0.2.1'])
  await t.rejects(resolver.resolve4('example.com'), { code: 'EREFUSED' })
})

test('the same answers come over TCP, several on one connection, in pieces if need be', async (t) => {
  const { port } = await startDns(t)
  const socket = connect(port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  const query = streamEncode({ type: 'query', id: 1, questions: [QUESTION] })
  socket.write(query.subarray(0, 5))
  await once(socket, 'connect')
  socket.write(Buffer.concat([query.subarray(5), query]))
  let received = Buffer.alloc(0)
  while (received.length < 4 || received.length < 2 * (2 + received.readUInt16BE(0))) {
    const [chunk] = (await once(socket, 'data')) as [Buffer]
    received = Buffer.concat([received, chunk])
  }
  const first = streamDecode(received.subarray(0, received.length / 2))
  t.match(first.answers, [{ type: 'A', data: '127.0.0.1' }], 'an asker on loopback')
})

test('a connection that sends something else, or too much, is cut', async (t) => {
  const { port } = await startDns(t)
  for (const bytes of [Buffer.from([0xff, 0xff, 1]), Buffer.from([0, 1, 0])]) {
    const socket: Socket = connect(port, '127.0.0.1')
    socket.on('error', () => {}).resume()
    socket.write(bytes)
    await once(socket, 'close')
    t.pass(bytes.toString('hex'))
  }
})

test('a datagram that is no query stays without an answer, and the next one has one', async (t) => {
  const { port } = await startDns(t)
  const socket = createSocket('udp4')
  t.teardown(() => socket.close())
  for (const noise of [Buffer.alloc(0), Buffer.alloc(11), Buffer.alloc(1_200)]) {
    socket.send(noise, port, '127.0.0.1')
  }
  socket.send(encode({ type: 'query', id: 42, questions: [QUESTION] }), port, '127.0.0.1')
  const [answer] = (await once(socket, 'message')) as [Buffer]
  t.equal(answer.readUInt16BE(0), 42)
})

test('a port that is taken is told', async (t) => {
  const { port } = await startDns(t)
  const again = openDnsServer({
    host: '127.0.0.1',
    port,
    zone: () => ({ stamp: 'x', namespaces: [] }),
    addresses: () => [],
  })
  await t.rejects(again, { code: 'EADDRINUSE' })
})

test('an asker is told the address that is in its own network', async (t) => {
  const loopback = { address: '127.0.0.1', cidr: '127.0.0.1/8', internal: true }
  const cloud = { address: '172.20.0.2', cidr: '172.20.0.2/16', internal: false }
  const office = { address: '10.0.0.5', cidr: '10.0.0.5/24', internal: false }
  const local = { address: 'fe80::1', cidr: 'fe80::1/64', internal: false }
  const six = { address: 'fd00::5', cidr: 'fd00::5/64', internal: false }
  const all = [loopback, cloud, office, local, six]
  t.strictSame(reachableAddresses(all, '172.20.9.9'), ['172.20.0.2'])
  t.strictSame(reachableAddresses(all, '::ffff:10.0.0.77'), ['10.0.0.5'])
  t.strictSame(reachableAddresses(all, 'fd00::77'), ['fd00::5'])
  t.strictSame(reachableAddresses(all, '127.0.0.1'), ['127.0.0.1'])
  t.strictSame(reachableAddresses(all, '8.8.8.8'), ['172.20.0.2', '10.0.0.5', 'fd00::5'])
  t.strictSame(reachableAddresses([loopback], '8.8.8.8'), ['127.0.0.1'])
})
