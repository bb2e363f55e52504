import { createPrivateKey, createPublicKey, webcrypto, X509Certificate } from 'node:crypto'
import { test } from 'tap'
import type { Test } from 'tap'
import { generateKeyPem, signAuthority, signLeaf } from './certificate.ts'
import { contentOf, memberOf, time } from './der.ts'
import { encodeNameConstraints, NAME_CONSTRAINTS_OID } from './name-constraints.ts'

const VALIDITY = {
  notBefore: new Date('2026-01-02T03:04:05Z'),
  notAfter: new Date('2049-12-31T23:59:59Z'),
}
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1'
const HOSTS = ['relay.local', '10.1.2.3', '2001:db8::7']
const NAMES = ['localhost', '*.servicebus.windows.net', '127.0.0.1', '::1', ...HOSTS]

test('a CA is what a certificate library makes of the same words', async (t) => {
  const { x509, keysOf, same } = await library()
  const keyPem = generateKeyPem()
  const pem = signAuthority(keyPem, HOSTS, VALIDITY)
  const keys = await keysOf(keyPem)
  const keyId = await x509.SubjectKeyIdentifierExtension.create(keys.publicKey)
  const { keyCertSign, cRLSign } = x509.KeyUsageFlags
  const theirs = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: new X509Certificate(pem).serialNumber,
    name: `CN=relay-emulator local CA ${keyId.keyId.slice(0, 8)}`,
    keys,
    ...VALIDITY,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(keyCertSign | cRLSign, true),
      new x509.ExtendedKeyUsageExtension([SERVER_AUTH]),
      new x509.Extension(NAME_CONSTRAINTS_OID, true, encodeNameConstraints(HOSTS)),
      keyId,
    ],
  })
  same(t, pem, theirs)
  t.ok(new X509Certificate(pem).verify(createPublicKey(keyPem)))
})

test('a leaf is what a certificate library makes of the same words', async (t) => {
  const { x509, keysOf, same } = await library()
  const [caKey, leafKey] = [generateKeyPem(), generateKeyPem()]
  const caPem = signAuthority(caKey, HOSTS, VALIDITY)
  const pem = signLeaf({ certPem: caPem, keyPem: caKey }, leafKey, NAMES, VALIDITY)
  const ca = new x509.X509Certificate(caPem)
  const { publicKey } = await keysOf(leafKey)
  const theirs = await x509.X509CertificateGenerator.create({
    serialNumber: new X509Certificate(pem).serialNumber,
    subject: 'CN=localhost',
    issuer: ca.subjectName,
    publicKey,
    signingKey: (await keysOf(caKey)).privateKey,
    ...VALIDITY,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([SERVER_AUTH]),
      new x509.SubjectAlternativeNameExtension(
        NAMES.map((value) => ({ type: /^[\d.]+$|:/.test(value) ? 'ip' : 'dns', value })),
      ),
      await x509.AuthorityKeyIdentifierExtension.create(ca.publicKey),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
    ],
  })
  same(t, pem, theirs)
  const leaf = new X509Certificate(pem)
  t.ok(leaf.checkIssued(new X509Certificate(caPem)))
  t.ok(leaf.verify(createPublicKey(caKey)))
})

test('a year from 2050 on has four digits', (t) => {
  t.equal(contentOf(time(new Date('2049-12-31T23:59:59.9Z'))).toString(), '491231235959Z')
  t.equal(contentOf(time(new Date('2050-01-01T00:00:00Z'))).toString(), '20500101000000Z')
  t.end()
})

test('a certificate of somebody else signs under its own name, whatever that is made of', async (t) => {
  const { x509, keysOf } = await library()
  const keyPem = generateKeyPem()
  const theirs = await x509.X509CertificateGenerator.createSelfSigned({
    name: `O=${'Contoso '.repeat(40)}, C=DE, CN=their own CA`,
    keys: await keysOf(keyPem),
    ...VALIDITY,
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
  })
  const authority = { certPem: theirs.toString('pem'), keyPem }
  const leaf = new X509Certificate(signLeaf(authority, generateKeyPem(), NAMES, VALIDITY))
  t.ok(leaf.checkIssued(new X509Certificate(authority.certPem)))
})

/** It wants a polyfill of decorator metadata, though it reads none. */
async function library() {
  Object.assign(Reflect, { getMetadata: () => undefined, getOwnMetadata: () => undefined })
  const x509 = await import('@peculiar/x509')
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
  return {
    x509,
    async keysOf(keyPem: string): Promise<webcrypto.CryptoKeyPair> {
      const key = createPrivateKey(keyPem)
      const der = key.export({ type: 'pkcs8', format: 'der' })
      const spki = createPublicKey(key).export({ type: 'spki', format: 'der' })
      return {
        privateKey: await webcrypto.subtle.importKey('pkcs8', der, algorithm, true, ['sign']),
        publicKey: await webcrypto.subtle.importKey('spki', spki, algorithm, true, ['verify']),
      }
    },
    /** All but the signature, which is another one each time. */
    same(t: Test, pem: string, theirs: { readonly rawData: ArrayBuffer }): void {
      const content = (raw: Buffer) => memberOf(raw, 0).toString('hex')
      t.equal(content(new X509Certificate(pem).raw), content(Buffer.from(theirs.rawData)))
    },
  }
}
