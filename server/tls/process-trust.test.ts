import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import * as tls from 'node:tls'
import { type Test, test } from 'tap'
import { openAuthority } from './authority.ts'
import { trustInProcess } from './process-trust.ts'

/** A TLS server with a CA of its own. */
async function serve(t: Test) {
  const authority = await openAuthority({ dataDir: null, hosts: [], now: Date.now })
  const server = tls.createServer(await authority.issue([]), (socket) => {
    socket.on('error', () => {}).end('hello')
  })
  server.on('tlsClientError', () => {})
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => void server.close())
  return { caPem: authority.caPem, port: (server.address() as AddressInfo).port }
}

/** True when a client that leaves its roots to Node, or has those given, takes the certificate. */
async function isTaken(port: number, ca?: string): Promise<boolean> {
  const socket = tls.connect({ port, host: '127.0.0.1', ...(ca !== undefined && { ca }) })
  try {
    await once(socket, 'secureConnect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

test('trust in one CA is given and taken back without touching the other, in any order', async (t) => {
  const one = await serve(t)
  const other = await serve(t)
  const taken = async () => [await isTaken(one.port), await isTaken(other.port)]
  t.same(await taken(), [false, false])
  const undoOne = trustInProcess(one.caPem)
  t.teardown(undoOne)
  t.same(await taken(), [true, false])
  const undoOther = trustInProcess(other.caPem)
  t.teardown(undoOther)
  t.same(await taken(), [true, true])
  undoOne()
  t.same(await taken(), [false, true])
  undoOne()
  undoOther()
  t.same(await taken(), [false, false])
})

test('a CA that was trusted before stays so', async (t) => {
  const { caPem, port } = await serve(t)
  const undo = trustInProcess(caPem)
  t.teardown(undo)
  trustInProcess(caPem.trimEnd())()
  t.equal(await isTaken(port), true)
})

test('connections with roots of their own are left alone', async (t) => {
  const one = await serve(t)
  const other = await serve(t)
  t.teardown(trustInProcess(one.caPem))
  t.equal(await isTaken(one.port, other.caPem), false)
  t.equal(await isTaken(other.port, other.caPem), true)
})

test('contexts made by a name that was imported before are covered too', async (t) => {
  const { caPem, port } = await serve(t)
  t.teardown(trustInProcess(caPem))
  const secureContext = tls.createSecureContext()
  const socket = tls.connect({ port, host: '127.0.0.1', secureContext })
  t.teardown(() => socket.destroy())
  await t.resolves(once(socket, 'secureConnect'))
})
