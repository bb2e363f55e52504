import { once } from 'node:events'
import { createServer } from 'node:net'
import process from 'node:process'
import { test } from 'tap'
import { redirectByAddress, redirectByPort } from './dns-redirect.ts'
import { redirectAddresses } from './redirect-addresses.ts'

const skip = process.platform !== 'linux' && 'needs all of 127.0.0.0/8'
const sender = { openTunnel: () => Promise.reject(new Error('no relay')) }

/** A port that is free at every address of this machine, as far as one can know. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0)
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  await new Promise<void>((resolve) => server.close(() => resolve()))
  return port
}

test('each host gets one address for all its ports', { skip }, async (t) => {
  const [a, b] = [await freePort(), await freePort()]
  await using redirect = await redirectByAddress([
    { host: 'db.example', port: a, sender },
    { host: 'DB.example', port: b, sender },
    { host: 'web.example', port: a, sender },
  ])
  const [first, second, third] = redirect.redirections
  t.equal(first?.address, second?.address)
  t.not(first?.address, third?.address)
  t.same(
    redirect.redirections.map(({ port, localPort }) => port === localPort),
    [true, true, true],
  )
})

test('an address whose port is taken is passed over for the next one', { skip }, async (t) => {
  const port = await freePort()
  const [first, second] = [...redirectAddresses('db.example')]
  const squatter = createServer().listen(port, first)
  await once(squatter, 'listening')
  t.teardown(() => squatter.close())
  await using redirect = await redirectByAddress([{ host: 'db.example', port, sender }])
  t.match(redirect.redirections, [{ address: second, localPort: port }])
})

test('when one port cannot be opened none stays open', { skip }, async (t) => {
  const port = await freePort()
  const targets = [
    { host: 'db.example', port, sender },
    { host: 'db.example', port: 70_000, sender },
  ]
  await t.rejects(redirectByAddress(targets), { code: 'ERR_SOCKET_BAD_PORT' })
  const again = createServer().listen(port, [...redirectAddresses('db.example')][0])
  await once(again, 'listening')
  again.close()
})

test('by port, every endpoint gets a free port of 127.0.0.1', async (t) => {
  await using redirect = await redirectByPort([
    { host: 'db.example', port: 80, sender },
    { host: 'web.example', port: 80, sender },
  ])
  const [first, second] = redirect.redirections
  t.match(first, { host: 'db.example', port: 80, address: '127.0.0.1' })
  t.not(first?.localPort, second?.localPort)
})

test('a fault names the endpoint', async (t) => {
  await using redirect = await redirectByPort([{ host: 'db.example', port: 80, sender }])
  const fault = once(redirect, 'fault')
  const { connect } = await import('node:net')
  const socket = connect(redirect.redirections[0]?.localPort ?? 0, '127.0.0.1').on(
    'error',
    () => {},
  )
  t.teardown(() => socket.destroy())
  t.match(await fault, ['db.example:80', { message: 'no relay' }])
})
