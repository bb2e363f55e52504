import { execFile, spawnSync } from 'node:child_process'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { chmod, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join, relative, resolve } from 'node:path'
import { connect, createServer } from 'node:tls'
import type { ConnectionOptions } from 'node:tls'
import { promisify } from 'node:util'
import { test } from 'tap'
import type { Test } from 'tap'
import { openAuthority } from './authority.ts'
import { generateKeyPem, signLeaf } from './certificate.ts'

const run = promisify(execFile)
const DAY_MS = 24 * 60 * 60 * 1000
const noOpenssl = spawnSync('openssl', ['version']).status !== 0 && 'needs openssl'
const isWindows = process.platform === 'win32'
const open = (dataDir: string | null, hosts: readonly string[] = [], now = Date.now) =>
  openAuthority({ dataDir, hosts, now })
const parse = (pem: string) => new X509Certificate(pem)

/** Serves one TLS port with `context`; the address a client reaches it at. */
async function serve(t: Test, context: { cert: string; key: string }): Promise<ConnectionOptions> {
  const server = createServer(context, (socket) => socket.on('error', () => {}).end('hello'))
  server.on('tlsClientError', () => {})
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => void server.close())
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port }
}

/** What a client that trusts `ca` reads after it checked the certificate for `servername`. */
async function greet(options: ConnectionOptions): Promise<string> {
  const socket = connect(options)
  const [data] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  return data.toString()
}

test('a client that trusts the CA reaches every name of the emulator', async (t) => {
  const { caPem, issue } = await open(null, ['relay.local', '10.1.2.3'])
  const address = await serve(t, await issue(['relay.local', '10.1.2.3']))
  for (const servername of [
    'localhost',
    'local-relay.servicebus.windows.net',
    'servicebus.localhost',
    'contoso.servicebus.localhost',
    'relay.local',
  ]) {
    t.equal(await greet({ ...address, ca: caPem, servername }), 'hello', servername)
  }
  t.equal(await greet({ ...address, ca: caPem }), 'hello', '127.0.0.1')
  const leaf = parse((await issue(['10.1.2.3'])).cert)
  for (const ip of ['127.0.0.1', '::1', '10.1.2.3']) t.equal(leaf.checkIP(ip), ip)
})

test('a client without the CA, or asking for another name, refuses the certificate', async (t) => {
  const { caPem, issue } = await open(null)
  const address = await serve(t, await issue([]))
  await t.rejects(greet({ ...address, servername: 'localhost' }), {
    code: 'SELF_SIGNED_CERT_IN_CHAIN',
  })
  await t.rejects(greet({ ...address, ca: caPem, servername: 'example.com' }), {
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  })
})

test(
  'a leaf for a foreign name is worthless even when somebody signs it with the CA key',
  { skip: noOpenssl },
  async (t) => {
    const folder = t.testdir()
    const { caPem } = await open(folder)
    const keyPem = await readFile(join(folder, 'ca-key.pem'), 'utf8')
    const validity = {
      notBefore: new Date(Date.now() - DAY_MS),
      notAfter: new Date(Date.now() + DAY_MS),
    }
    for (const name of ['example.com', 'login.microsoftonline.com', '10.0.0.1', '::2']) {
      const key = generateKeyPem()
      const leafPem = signLeaf({ certPem: caPem, keyPem }, key, [name], validity)
      const address = await serve(t, { cert: leafPem + caPem, key })
      const client = { ...address, ca: caPem, checkServerIdentity: () => undefined }
      await t.rejects(greet(client), { message: 'permitted subtree violation' }, `node: ${name}`)
      const leafFile = join(folder, 'foreign.pem')
      await writeFile(leafFile, leafPem)
      const verify = run('openssl', ['verify', '-CAfile', join(folder, 'ca.pem'), leafFile])
      await t.rejects(verify, { message: /permitted subtree violation/ }, `openssl: ${name}`)
    }
  },
)

test(
  'openssl accepts the stored chain and shows the promised extensions',
  { skip: noOpenssl },
  async (t) => {
    const folder = t.testdir()
    const { issue } = await open(folder, ['relay.local'])
    const { notAfter } = await issue(['relay.local'])
    const [ca, leaf] = [join(folder, 'ca.pem'), join(folder, 'leaf.pem')]
    const purpose = ['-x509_strict', '-purpose', 'sslserver', '-verify_hostname', 'relay.local']
    const { stdout } = await run('openssl', ['verify', '-CAfile', ca, ...purpose, leaf])
    t.match(stdout, /leaf\.pem: OK/)
    const text = async (file: string) =>
      (await run('openssl', ['x509', '-in', file, '-noout', '-text'])).stdout
    const caText = await text(ca)
    t.match(caText, /Subject: CN = relay-emulator local CA [0-9a-f]{8}\n/)
    t.match(caText, /Basic Constraints: critical\s+CA:TRUE, pathlen:0/)
    t.match(caText, /Key Usage: critical\s+Certificate Sign, CRL Sign/)
    t.match(
      caText,
      /Name Constraints: critical\s+Permitted:\s+DNS:localhost\s+DNS:servicebus.localhost\s+DNS:servicebus.windows.net\s+DNS:relay.local\s+IP:127.0.0.0\/255.0.0.0\s+IP:0:0:0:0:0:0:0:1\//,
    )
    const leafText = await text(leaf)
    t.match(leafText, /Basic Constraints: critical\s+CA:FALSE/)
    t.match(leafText, /Extended Key Usage:\s+TLS Web Server Authentication/)
    t.match(leafText, /Key Usage: critical\s+Digital Signature\n/)
    t.match(leafText, /Authority Key Identifier/)
    t.match(leafText, /NIST CURVE: P-256/)
    const days = (notAfter.getTime() - Date.now()) / DAY_MS
    t.ok(days >= 90 && days <= 397, `${days} days`)
  },
)

test('the CA of a relative data folder is named by its whole path', async (t) => {
  const folder = t.testdir()
  const { caFile } = await open(relative(process.cwd(), folder))
  t.equal(caFile, resolve(folder, 'ca.pem'))
})

test('the files are for the owner alone', { skip: isWindows && 'no modes there' }, async (t) => {
  const folder = join(t.testdir(), 'data')
  const { issue } = await open(folder)
  await issue([])
  t.equal((await stat(folder)).mode & 0o777, 0o700)
  const files = await readdir(folder)
  t.same(files.sort(), ['ca-key.pem', 'ca.pem', 'leaf-key.pem', 'leaf.pem'])
  for (const file of files) t.equal((await stat(join(folder, file))).mode & 0o777, 0o600, file)
})

test('a second start finds the CA and the leaf of the first', async (t) => {
  const folder = t.testdir()
  const first = await open(folder, ['relay.local'])
  const leaf = await first.issue(['relay.local'])
  const second = await open(folder)
  t.equal(second.caPem, first.caPem)
  t.equal(second.caFile, join(folder, 'ca.pem'))
  t.equal(second.replaced, null)
  t.same(await second.issue([]), leaf, 'it covers more than is asked for')
  t.not((await second.issue([], { renew: true })).cert, leaf.cert, 'unless a new one is asked for')
})

test('in memory each CA is another one, and nothing is stored', async (t) => {
  const [first, second] = [await open(null), await open(null)]
  t.equal(first.caFile, null)
  t.not(first.caPem, second.caPem)
  t.not(parse(first.caPem).subject, parse(second.caPem).subject)
})

test('a leaf is made anew when it misses a name, ends within thirty days, or is broken', async (t) => {
  const folder = t.testdir()
  const authority = await open(folder, ['relay.local'])
  const leaf = await authority.issue([])
  const wider = await authority.issue(['relay.local'])
  t.ok(parse(wider.cert).checkHost('relay.local'))
  t.not(wider.cert, leaf.cert)
  const at = (ms: number) => open(folder, [], () => ms)
  const calm = await at(wider.notAfter.getTime() - 30 * DAY_MS)
  t.equal((await calm.issue([])).cert, wider.cert)
  const late = await at(wider.notAfter.getTime() - 30 * DAY_MS + 1)
  const renewed = await late.issue([])
  t.ok(renewed.notAfter > wider.notAfter)
  await writeFile(join(folder, 'leaf.pem'), 'garbage')
  t.not((await late.issue([])).cert, renewed.cert)
  await writeFile(join(folder, 'leaf-key.pem'), generateKeyPem())
  const repaired = await late.issue([])
  t.ok(parse(repaired.cert).checkPrivateKey(createPrivateKey(repaired.key)))
})

test('a host the stored CA may not vouch for brings a new CA, and says why', async (t) => {
  const folder = t.testdir()
  const first = await open(folder)
  await first.issue([])
  const second = await open(folder, ['relay.local'], () => Date.UTC(2030, 0, 2, 3, 4, 5))
  t.match(second.replaced, /relay\.local/)
  t.not(second.caPem, first.caPem)
  t.equal(await readFile(join(folder, 'ca-20300102T030405.pem'), 'utf8'), first.caPem)
  t.ok((await readdir(folder)).includes('ca-key-20300102T030405.pem'))
  const leaf = await second.issue(['relay.local'])
  t.ok(leaf.cert.endsWith(second.caPem), 'the leaf of the old CA is not used')
  t.equal((await open(folder, ['relay.local'])).replaced, null, 'once')
})

test('a CA near its end is replaced', async (t) => {
  const folder = t.testdir()
  const { caPem } = await open(folder)
  const end = Date.parse(parse(caPem).validTo)
  t.equal((await open(folder, [], () => end - 90 * DAY_MS)).replaced, null)
  t.match((await open(folder, [], () => end - 90 * DAY_MS + 1)).replaced, /ends on 20\d\d-/)
})

test('a name beyond the constraints is refused instead of issued', async (t) => {
  const { issue } = await open(null)
  await t.rejects(issue(['example.com']), {
    code: 'TLS_NAME_NOT_PERMITTED',
    message: /example\.com/,
  })
  await t.rejects(open(null, ['not a host']), { code: 'TLS_NAME_NOT_PERMITTED' })
})

test('emulators that start at once in an empty folder share one CA key', async (t) => {
  const folder = join(t.testdir(), 'data')
  const all = await Promise.all(Array.from({ length: 5 }, () => open(folder)))
  const stored = parse(await readFile(join(folder, 'ca.pem'), 'utf8'))
  for (const { caPem } of all) t.ok(parse(caPem).verify(stored.publicKey))
  t.same((await readdir(folder)).sort(), ['ca-key.pem', 'ca.pem'], 'no drafts are left')
})

test('broken files are named together with the way out, and are left as they are', async (t) => {
  const folder = t.testdir()
  await open(folder)
  const [cert, key] = [join(folder, 'ca.pem'), join(folder, 'ca-key.pem')]
  const good = { cert: await readFile(cert, 'utf8'), key: await readFile(key, 'utf8') }
  const fails = async (code: string, file: string) => {
    const error = await open(folder).then(
      () => null,
      (reason: unknown) => reason as Error,
    )
    t.match(error, { code })
    t.ok(error?.message.includes(file), file)
    t.match(error?.message, /restore|right/)
    t.notMatch(error?.message, /BEGIN/)
  }
  await writeFile(cert, 'garbage')
  await fails('TLS_FILE_INVALID', cert)
  await writeFile(cert, (await open(null)).caPem)
  await fails('TLS_KEY_MISMATCH', key)
  await writeFile(cert, good.cert)
  await writeFile(key, 'garbage')
  await fails('TLS_FILE_INVALID', key)
  await rm(key)
  await fails('TLS_FILE_UNREADABLE', key)
  await writeFile(key, good.key)
  t.equal((await open(folder)).caPem, good.cert)
  if (isWindows || process.getuid?.() === 0) return
  await chmod(cert, 0)
  await fails('TLS_FILE_UNREADABLE', cert)
})
