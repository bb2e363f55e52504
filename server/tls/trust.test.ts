import { execFile, spawnSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createSecureContext, rootCertificates } from 'node:tls'
import { promisify } from 'node:util'
import { test } from 'tap'
import { openAuthority } from './authority.ts'
import { bundle, formatRecipes, trustRecipes } from './trust.ts'

const caName = 'relay-emulator local CA 01234567'

test('the bundle holds every root once and the CA last, each on lines of its own', async (t) => {
  const { caPem } = await openAuthority({ dataDir: null, hosts: [], now: Date.now })
  const text = bundle(rootCertificates, caPem)
  t.equal(text.match(/^-----BEGIN CERTIFICATE-----$/gm)?.length, rootCertificates.length + 1)
  t.ok(text.endsWith(caPem))
  t.doesNotThrow(() => createSecureContext({ ca: text }))
})

const noOpenssl = spawnSync('openssl', ['version']).status !== 0 && 'needs openssl'
test('openssl trusts the emulator with the bundle', { skip: noOpenssl }, async (t) => {
  const { caPem, issue } = await openAuthority({ dataDir: null, hosts: [], now: Date.now })
  const { cert } = await issue([])
  const folder = t.testdir()
  await writeFile(join(folder, 'bundle.pem'), bundle(rootCertificates.slice(0, 3), caPem))
  await writeFile(join(folder, 'leaf.pem'), cert)
  const { stdout } = await promisify(execFile)('openssl', [
    'verify',
    '-no-CApath',
    '-CAfile',
    join(folder, 'bundle.pem'),
    join(folder, 'leaf.pem'),
  ])
  t.match(stdout, /leaf\.pem: OK/)
})

for (const platform of ['linux', 'darwin', 'win32'] as const) {
  test(`on ${platform} every runtime of the documentation is told both ways`, async (t) => {
    const caFile = platform === 'win32' ? 'C:\\Users\\me\\ca.pem' : '/home/me/ca.pem'
    const recipes = trustRecipes({ caFile, caName, port: 5_443, platform })
    const trust = formatRecipes(recipes, 'trust')
    const untrust = formatRecipes(recipes, 'untrust')
    const both = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE']
    for (const word of [...both, '--cacert', 'javax.net.ssl.trustStore', caFile]) {
      t.ok(trust.includes(word), `${word} to trust`)
    }
    for (const word of both) t.ok(untrust.includes(word), `${word} to untrust`)
    const store = { linux: /update-ca-/, darwin: /-trusted-cert/, win32: /-user -(add|del)store/ }
    t.match(trust, 'https://localhost:5443/')
    t.match(trust, store[platform])
    t.match(untrust, store[platform])
  })
}

const noShell = process.platform === 'win32' && 'needs a POSIX shell'
test('a path with spaces and quotes reaches a shell as one word', { skip: noShell }, async (t) => {
  const caFile = `/home/it's me/ca.pem`
  const recipes = trustRecipes({ caFile, caName, port: 5_443, platform: 'linux' })
  const [exportLine = ''] = recipes[0]?.trust ?? []
  const { stdout } = await promisify(execFile)('sh', [
    '-c',
    `${exportLine}; printf %s "$NODE_EXTRA_CA_CERTS"`,
  ])
  t.equal(stdout, caFile)
})

// Packages of Debian and others put java on the path and set no JAVA_HOME.
test('the trust store of java is found without JAVA_HOME', { skip: noShell }, async (t) => {
  const folder = t.testdir({ 'jdk 17': { lib: { security: { cacerts: 'roots' } } }, bin: {} })
  const java = `#!/bin/sh\nprintf '%s\\n' 'Property settings:' '    java.home = ${folder}/jdk 17' >&2\n`
  await writeFile(join(folder, 'bin', 'java'), java, { mode: 0o755 })
  const caFile = join(folder, 'ca.pem')
  const recipes = trustRecipes({ caFile, caName, port: 5_443, platform: 'linux' })
  const [copy = ''] = recipes.find(({ runtime }) => runtime === 'Java')?.trust ?? []
  const env = { ...process.env, PATH: `${join(folder, 'bin')}:${process.env['PATH']}` }
  await promisify(execFile)('sh', ['-c', `unset JAVA_HOME; ${copy}`], { env })
  t.equal(await readFile(join(folder, 'truststore.jks'), 'utf8'), 'roots')
})
