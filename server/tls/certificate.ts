/**
 * Making of keys and certificates: ECDSA P-256 throughout, the one curve that every client of Azure Relay speaks.
 * Source: RFC 5280, 4.
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto'
import { isIP } from 'node:net'
import {
  bitString,
  contentOf,
  der,
  integer,
  memberOf,
  octetString,
  oid,
  sequence,
  set,
  time,
  printableString,
  yes,
} from './der.ts'
import { addressBytes, encodeNameConstraints, NAME_CONSTRAINTS_OID } from './name-constraints.ts'

const OID = {
  commonName: '2.5.4.3',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
} as const
/** Elements that have a number in place of a type. */
const NUMBERED = { version: 0xa0, extensions: 0xa3, keyId: 0x80, dnsName: 0x82, ip: 0x87 } as const
const VERSION_3 = 2
const SERIAL_BYTES = 16

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
export function signAuthority(
  keyPem: string,
  hosts: readonly string[],
  validity: Validity,
): string {
  const key = createPrivateKey(keyPem)
  const publicKey = createPublicKey(key)
  const keyId = keyIdOf(publicKey)
  const name = nameOf(`relay-emulator local CA ${keyId.toString('hex', 0, 4)}`)
  return signed(key, {
    issuer: name,
    subject: name,
    validity,
    publicKey,
    extensions: [
      critical(OID.basicConstraints, sequence(yes(), integer(0))),
      // Bits 5 and 6: it signs certificates and lists of revoked ones.
      critical(OID.keyUsage, bitString(Buffer.from([0b0000_0110]), 1)),
      // Whoever trusts this CA for a whole machine trusts it for TLS servers, not for signed programs.
      extension(OID.extendedKeyUsage, sequence(oid(OID.serverAuth))),
      critical(NAME_CONSTRAINTS_OID, encodeNameConstraints(hosts)),
      extension(OID.subjectKeyIdentifier, octetString(keyId)),
    ],
  })
}

/** A server certificate (PEM, without its chain) for `names`: DNS names, wildcards and IP addresses. */
export function signLeaf(
  authority: { readonly certPem: string; readonly keyPem: string },
  leafKeyPem: string,
  names: readonly string[],
  validity: Validity,
): string {
  const ca = new X509Certificate(authority.certPem)
  const publicKey = createPublicKey(leafKeyPem)
  return signed(createPrivateKey(authority.keyPem), {
    issuer: subjectOf(ca),
    // Old verifiers hold the common name against the CA's name constraints too.
    subject: nameOf('localhost'),
    validity,
    publicKey,
    extensions: [
      critical(OID.basicConstraints, sequence()),
      // Bit 0: it signs the handshake.
      critical(OID.keyUsage, bitString(Buffer.from([0b1000_0000]), 7)),
      extension(OID.extendedKeyUsage, sequence(oid(OID.serverAuth))),
      extension(OID.subjectAltName, sequence(...names.map(alternativeName))),
      extension(OID.authorityKeyIdentifier, sequence(der(NUMBERED.keyId, keyIdOf(ca.publicKey)))),
      extension(OID.subjectKeyIdentifier, octetString(keyIdOf(publicKey))),
    ],
  })
}

type Content = {
  readonly issuer: Buffer
  readonly subject: Buffer
  readonly validity: Validity
  readonly publicKey: KeyObject
  readonly extensions: readonly Buffer[]
}

/** Through Node's reader, which refuses what is no certificate and ends every PEM with a newline. */
function signed(key: KeyObject, content: Content): string {
  const { issuer, subject, validity, publicKey, extensions } = content
  const algorithm = sequence(oid(OID.ecdsaWithSha256))
  const certificate = sequence(
    der(NUMBERED.version, integer(VERSION_3)),
    integer(...serialNumber()),
    algorithm,
    issuer,
    sequence(time(validity.notBefore), time(validity.notAfter)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(NUMBERED.extensions, sequence(...extensions)),
  )
  const signature = bitString(sign('sha256', certificate, key))
  return new X509Certificate(sequence(certificate, algorithm, signature)).toString()
}

/** Positive, and as long whatever chance says. */
function serialNumber(): Buffer {
  const bytes = randomBytes(SERIAL_BYTES)
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40
  return bytes
}

/** The usual hash of what stands in the key's bit string. Source: RFC 5280, 4.2.1.2. */
function keyIdOf(publicKey: KeyObject): Buffer {
  const bits = memberOf(publicKey.export({ type: 'spki', format: 'der' }), 1)
  // The first byte counts the unused bits.
  return createHash('sha1').update(contentOf(bits).subarray(1)).digest()
}

function nameOf(commonName: string): Buffer {
  return sequence(set(sequence(oid(OID.commonName), printableString(commonName))))
}

/** As it is written there: verifiers compare names byte by byte. */
function subjectOf(ca: X509Certificate): Buffer {
  const content = memberOf(ca.raw, 0)
  // Before it come version, serial number, algorithm, issuer and validity.
  return memberOf(content, 5)
}

function alternativeName(name: string): Buffer {
  return isIP(name)
    ? der(NUMBERED.ip, addressBytes(name))
    : der(NUMBERED.dnsName, Buffer.from(name, 'ascii'))
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(oid(id), octetString(value))
}

/** Who does not know the extension has to refuse the certificate. */
function critical(id: string, value: Buffer): Buffer {
  return sequence(oid(id), yes(), octetString(value))
}
