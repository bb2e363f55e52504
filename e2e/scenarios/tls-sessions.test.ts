import { once } from 'node:events'
import { type ConnectionOptions, type SecureVersion, type TLSSocket, connect } from 'node:tls'
import { test, type Test } from 'tap'
import { withoutCertificate } from '../../client/tls-session.ts'
import { type TestRelay, startRelay } from '../harness/relay.ts'

function dialled(t: Test, { port, caPem: ca }: TestRelay, options: ConnectionOptions): TLSSocket {
  const socket = connect({ port, host: 'localhost', servername: 'localhost', ca, ...options })
  t.teardown(() => socket.destroy())
  return socket
}

const DER_SEQUENCE = 0x30

/** The session that a first connection leaves. */
async function sessionOf(t: Test, relay: TestRelay, options: ConnectionOptions): Promise<Buffer> {
  const [session] = (await once(dialled(t, relay, options), 'session')) as [Buffer]
  return session
}

async function resumes(t: Test, relay: TestRelay, options: ConnectionOptions): Promise<void> {
  const socket = dialled(t, relay, options)
  await once(socket, 'secureConnect')
  t.ok(socket.isSessionReused())
  t.ok(socket.authorized)
}

const only = (version: SecureVersion) => ({ minVersion: version, maxVersion: version })

test('a session that is kept without the certificate is resumed, time and again', async (t) => {
  const relay = await startRelay(t)
  const whole = await sessionOf(t, relay, only('TLSv1.3'))
  const session = withoutCertificate(whole)
  // Newer versions of Node.js put what they hand out into an envelope; such a session stays whole.
  if (whole[0] === DER_SEQUENCE) t.ok(session.length < whole.length - 200, 'without most of it')
  else t.equal(session, whole)
  for (let i = 0; i < 3; i++) await resumes(t, relay, { session, ...only('TLSv1.3') })
})

test('a session of TLS 1.2 keeps the certificate, which Node asks for again', async (t) => {
  const relay = await startRelay(t)
  const session = await sessionOf(t, relay, only('TLSv1.2'))
  t.equal(withoutCertificate(session), session)
  await resumes(t, relay, { session, ...only('TLSv1.2') })
})

test('where the server takes no session, its certificate is looked at as ever', async (t) => {
  const [one, other] = [await startRelay(t), await startRelay(t)]
  const session = withoutCertificate(await sessionOf(t, one, only('TLSv1.3')))
  const stranger = dialled(t, other, { session, ca: one.caPem })
  const [error] = (await once(stranger, 'error')) as [NodeJS.ErrnoException]
  t.match(error.code, /CERT|SIGNATURE/)
})
