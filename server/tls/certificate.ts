/** Making of keys and certificates: ECDSA P-256 throughout, the one curve that every client of Azure Relay speaks. */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  webcrypto,
  X509Certificate,
} from 'node:crypto'
import { createRequire } from 'node:module'
import { isIP } from 'node:net'
import { encodeNameConstraints, NAME_CONSTRAINTS_OID } from './name-constraints.ts'

const ECDSA_P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1'

export type Validity = { readonly notBefore: Date; readonly notAfter: Date }

/** A new private key, PKCS #8 PEM. */
export function generateKeyPem(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** Whether a private key (PEM) is one that this module can sign with. */
export function isSupportedKey(keyPem: string): boolean {
  try {
    return createPrivateKey(keyPem).asymmetricKeyDetails?.namedCurve === 'prime256v1'
  } catch {
    return false
  }
}

/** A CA certificate (PEM) that may vouch for the emulator's own names and `hosts` only, and for no further CA. */
export async function signAuthority(
  keyPem: string,
  hosts: readonly string[],
  validity: Validity,
): Promise<string> {
  const x509 = loadX509()
  const keys = await importKeys(keyPem)
  const keyId = await x509.SubjectKeyIdentifierExtension.create(keys.publicKey)
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=relay-emulator local CA ${keyId.keyId.slice(0, 8)}`,
    keys,
    signingAlgorithm: ECDSA_P256,
    ...validity,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
      // Whoever trusts this CA for a whole machine trusts it for TLS servers, not for signed programs.
      new x509.ExtendedKeyUsageExtension([SERVER_AUTH]),
      new x509.Extension(NAME_CONSTRAINTS_OID, true, encodeNameConstraints(hosts)),
      keyId,
    ],
  })
  return pem(certificate)
}

/** A server certificate (PEM, without its chain) for `names`: DNS names, wildcards and IP addresses. */
export async function signLeaf(
  authority: { readonly certPem: string; readonly keyPem: string },
  leafKeyPem: string,
  names: readonly string[],
  validity: Validity,
): Promise<string> {
  const x509 = loadX509()
  const issuer = new x509.X509Certificate(authority.certPem)
  const { privateKey } = await importKeys(authority.keyPem)
  const { publicKey } = await importKeys(leafKeyPem)
  const certificate = await x509.X509CertificateGenerator.create({
    // Old verifiers hold the common name against the CA's name constraints too.
    subject: 'CN=localhost',
    issuer: issuer.subjectName,
    publicKey,
    signingKey: privateKey,
    signingAlgorithm: ECDSA_P256,
    ...validity,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([SERVER_AUTH]),
      new x509.SubjectAlternativeNameExtension(
        names.map((name) => ({ type: isIP(name) ? 'ip' : 'dns', value: name })),
      ),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
    ],
  })
  return pem(certificate)
}

/**
 * The certificate library, loaded when the first certificate is made: a start that finds its certificates on disk
 * goes without. It stops at once where no decorator metadata polyfill is there, but reads none; a real polyfill would
 * stay in the program that embeds the server, so two stand-ins are there for the (synchronous) load alone.
 */
function loadX509(): typeof import('@peculiar/x509') {
  const require = createRequire(import.meta.url)
  if ('getMetadata' in Reflect) return require('@peculiar/x509')
  const standIn = { value: () => undefined, configurable: true }
  Object.defineProperties(Reflect, { getMetadata: standIn, getOwnMetadata: standIn })
  try {
    return require('@peculiar/x509')
  } finally {
    for (const name of ['getMetadata', 'getOwnMetadata']) Reflect.deleteProperty(Reflect, name)
  }
}

async function importKeys(keyPem: string): Promise<webcrypto.CryptoKeyPair> {
  const privateDer = createPrivateKey(keyPem).export({ type: 'pkcs8', format: 'der' })
  const publicDer = createPublicKey(keyPem).export({ type: 'spki', format: 'der' })
  const [privateKey, publicKey] = await Promise.all([
    webcrypto.subtle.importKey('pkcs8', privateDer, ECDSA_P256, false, ['sign']),
    webcrypto.subtle.importKey('spki', publicDer, ECDSA_P256, true, ['verify']),
  ])
  return { privateKey, publicKey }
}

/** Through Node's reader, which ends every PEM with a newline. */
function pem(certificate: { readonly rawData: ArrayBuffer }): string {
  return new X509Certificate(Buffer.from(certificate.rawData)).toString()
}
