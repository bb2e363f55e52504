import { test } from 'tap'
import { encodeNameConstraints, normalizeHost, permitsHost } from './name-constraints.ts'

/** As it stands in a certificate: after its object identifier. */
const inCertificate = (hosts: readonly string[]) =>
  Buffer.concat([Buffer.from('0603551d1e', 'hex'), encodeNameConstraints(hosts)])

test('the encoding is that of RFC 5280, 4.2.1.10', async (t) => {
  t.equal(
    encodeNameConstraints([]).toString('hex'),
    [
      '3071a06f',
      `300b8209${Buffer.from('localhost').toString('hex')}`,
      `30168214${Buffer.from('servicebus.localhost').toString('hex')}`,
      `30188216${Buffer.from('servicebus.windows.net').toString('hex')}`,
      '300a87087f000000ff000000',
      `30228720${'0'.repeat(31)}1${'f'.repeat(32)}`,
    ].join(''),
  )
})

test('a name is permitted with everything below it, and nothing beside it', async (t) => {
  const certificate = inCertificate(['relay.local', '*.wild.example'])
  for (const host of [
    'localhost',
    'a.servicebus.windows.net',
    '*.servicebus.localhost',
    'relay.local',
    'x.y.relay.local',
    'wild.example',
    'a.wild.example',
  ]) {
    t.ok(permitsHost(certificate, host), host)
  }
  for (const host of [
    'windows.net',
    'login.microsoftonline.com',
    'local',
    'arelay.local',
    'relay.local.example',
    'example.com',
    'relay',
    '',
  ]) {
    t.notOk(permitsHost(certificate, host), host)
  }
})

test('loopback addresses are permitted, other addresses only when configured', async (t) => {
  const certificate = inCertificate(['10.1.2.3', 'fd00::1:2'])
  for (const host of ['127.0.0.1', '127.9.9.9', '::1', '0:0:0:0:0:0:0:1', '10.1.2.3']) {
    t.ok(permitsHost(certificate, host), host)
  }
  t.ok(permitsHost(certificate, 'fd00:0::0:1:2'), 'another spelling')
  for (const host of ['10.1.2.4', '128.0.0.1', '::2', 'fd00::1:3', '::ffff:127.0.0.1']) {
    t.notOk(permitsHost(certificate, host), host)
  }
})

test('a certificate without name constraints permits everything', async (t) => {
  t.ok(permitsHost(Buffer.from('3000', 'hex'), 'example.com'))
})

test('more names than one length byte can count are encoded', async (t) => {
  const hosts = Array.from({ length: 300 }, (_, n) => `host-${n}.${'long.'.repeat(30)}example`)
  const encoded = encodeNameConstraints(hosts)
  t.equal(encoded.readUInt16BE(2), encoded.length - 4)
  t.ok(permitsHost(inCertificate(hosts), hosts[299] ?? ''))
})

test('hosts get one spelling', async (t) => {
  t.equal(normalizeHost('Relay.LOCAL'), 'relay.local')
  t.equal(normalizeHost('[::1]'), '::1')
  t.equal(normalizeHost('*.Bücher.example'), '*.xn--bcher-kva.example')
  t.equal(normalizeHost('no host'), '')
})
