import { createPrivateKey, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { join, resolve } from 'node:path'
import { generateKeyPem, isSupportedKey, signAuthority, signLeaf } from './certificate.ts'
import type { Validity } from './certificate.ts'
import { CertificateError } from './certificate-error.ts'
import { normalizeHost, permitsHost } from './name-constraints.ts'
import { createPem, readPem, setAside, writePem } from './pem-files.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const AUTHORITY_DAYS = 3650
/** Below the 397 days that browsers grant a public certificate. */
const LEAF_DAYS = 365
/** A leaf with less time than this is renewed. */
export const RENEW_BEFORE_MS = 30 * DAY_MS
/** A CA that ends sooner could not carry a fresh leaf for a reasonable time. */
const REPLACE_BEFORE_MS = 90 * DAY_MS
/** Certificates begin in the past, so that a container whose clock lags accepts them. */
const CLOCK_SKEW_MS = DAY_MS

/** Every leaf carries these. Source: product 3. */
const LEAF_NAMES = [
  'localhost',
  '127.0.0.1',
  '::1',
  '*.servicebus.windows.net',
  'servicebus.localhost',
  '*.servicebus.localhost',
]

/** `cert` is the leaf followed by its CA, `key` the leaf's PKCS #8 key; both PEM. */
export type Leaf = { readonly cert: string; readonly key: string; readonly notAfter: Date }

/** The emulator's own CA. */
export type Authority = {
  readonly caPem: string
  /** Where `caPem` is stored, null for one that lives in memory. */
  readonly caFile: string | null
  /** Why an older CA had to give way and the new one must be trusted again, else null. */
  readonly replaced: string | null
  /**
   * A leaf for the emulator's own names and `names`. The stored one is handed out again while it covers them and has
   * thirty days left, unless `renew` asks for a new one. Throws TLS_NAME_NOT_PERMITTED.
   */
  issue(names: readonly string[], options?: { readonly renew?: boolean }): Promise<Leaf>
}

export type AuthorityOptions = {
  /** The folder of `ca.pem`, `ca-key.pem`, `leaf.pem` and `leaf-key.pem`; null keeps everything in memory. */
  readonly dataDir: string | null
  /** Names and addresses the CA must be allowed to vouch for, besides the emulator's own. */
  readonly hosts: readonly string[]
  /** Unix time in ms. */
  readonly now: () => number
}

type KeyPair = { readonly certPem: string; readonly keyPem: string }

/**
 * Opens the CA of a data folder, or makes one. A stored CA that does not permit one of the hosts, or that ends soon,
 * is set aside as `ca-<time>.pem` and replaced. Throws TLS_FILE_UNREADABLE, TLS_FILE_INVALID, TLS_KEY_MISMATCH,
 * TLS_NAME_NOT_PERMITTED.
 */
export async function openAuthority(options: AuthorityOptions): Promise<Authority> {
  const { dataDir, now } = options
  const hosts = options.hosts.map(hostName)
  if (dataDir === null) {
    const keyPem = generateKeyPem()
    const certPem = signAuthority(keyPem, hosts, validity(now(), AUTHORITY_DAYS))
    return authority({ certPem, keyPem }, null, null, now)
  }
  const stored = await loadAuthority(dataDir, hosts, now)
  const replaced = reasonToReplace(stored, hosts, now())
  if (replaced === null) return authority(stored, dataDir, null, now)
  await retireAuthority(dataDir, now())
  return authority(await loadAuthority(dataDir, hosts, now), dataDir, replaced, now)
}

function authority(
  pair: KeyPair,
  dataDir: string | null,
  replaced: string | null,
  now: () => number,
): Authority {
  const ca = new X509Certificate(pair.certPem)
  return {
    caPem: pair.certPem,
    // Whole: who reads the ready document may stand in another folder.
    caFile: dataDir === null ? null : resolve(caFiles(dataDir).cert),
    replaced,
    issue: async (extraNames, { renew = false } = {}) => {
      const names = [...new Set([...LEAF_NAMES, ...extraNames.map(hostName)])]
      const refused = names.find((name) => !permitsHost(ca.raw, name))
      if (refused !== undefined) {
        throw new CertificateError(
          'TLS_NAME_NOT_PERMITTED',
          `the CA may not vouch for ${refused}; add it to the hosts of a namespace`,
        )
      }
      const stored = dataDir === null || renew ? null : await loadLeaf(dataDir, ca, names, now())
      return stored ?? (await makeLeaf(pair, ca, names, dataDir, now()))
    },
  }
}

/**
 * Reads the CA, making what is missing. The key is created by one process only and the certificate can be signed
 * again from it, so two emulators that start at once in an empty folder end up with the same CA.
 */
async function loadAuthority(
  dataDir: string,
  hosts: readonly string[],
  now: () => number,
): Promise<KeyPair> {
  const files = caFiles(dataDir)
  let certPem = await readPem(files.cert)
  let keyPem = await readPem(files.key)
  if (keyPem === null && certPem === null) {
    await createPem(files.key, generateKeyPem())
    keyPem = await readPem(files.key)
  }
  if (keyPem === null) {
    throw new CertificateError(
      'TLS_FILE_UNREADABLE',
      `${files.key} is missing beside ${files.cert}; restore it, or remove ${files.cert} to get a new CA`,
    )
  }
  if (!isSupportedKey(keyPem)) {
    throw new CertificateError(
      'TLS_FILE_INVALID',
      `${files.key} holds no ECDSA P-256 private key; restore it, or remove it and ${files.cert} to get a new CA`,
    )
  }
  if (certPem === null) {
    certPem = signAuthority(keyPem, hosts, validity(now(), AUTHORITY_DAYS))
    await writePem(files.cert, certPem)
  }
  checkAuthority(certPem, keyPem, files)
  return { certPem, keyPem }
}

function checkAuthority(
  certPem: string,
  keyPem: string,
  files: { readonly cert: string; readonly key: string },
): void {
  const ca = parseCertificate(certPem)
  if (ca === null || !ca.ca) {
    throw new CertificateError(
      'TLS_FILE_INVALID',
      `${files.cert} holds no CA certificate; restore it, or remove it and ${files.key} to get a new CA`,
    )
  }
  if (!ca.checkPrivateKey(createPrivateKey(keyPem))) {
    throw new CertificateError(
      'TLS_KEY_MISMATCH',
      `${files.key} is not the key of ${files.cert}; restore the pair, or remove both to get a new CA`,
    )
  }
}

function reasonToReplace(
  { certPem }: KeyPair,
  hosts: readonly string[],
  nowMs: number,
): string | null {
  const ca = new X509Certificate(certPem)
  const refused = hosts.find((host) => !permitsHost(ca.raw, host))
  if (refused !== undefined) return `the CA before it may not vouch for ${refused}`
  if (Date.parse(ca.validTo) - nowMs >= REPLACE_BEFORE_MS) return null
  return `the CA before it ends on ${day(Date.parse(ca.validTo))}`
}

async function retireAuthority(dataDir: string, nowMs: number): Promise<void> {
  const files = caFiles(dataDir)
  const time = new Date(nowMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')
  await setAside(files.cert, join(dataDir, `ca-${time}.pem`))
  await setAside(files.key, join(dataDir, `ca-key-${time}.pem`))
}

/** The stored leaf if it is this CA's, covers `names` and has time left. A broken one is simply made anew. */
async function loadLeaf(
  dataDir: string,
  ca: X509Certificate,
  names: readonly string[],
  nowMs: number,
): Promise<Leaf | null> {
  const files = leafFiles(dataDir)
  const [cert, key] = await Promise.all([readPem(files.cert), readPem(files.key)])
  const leaf = cert === null ? null : parseCertificate(cert)
  if (cert === null || key === null || leaf === null || !isSupportedKey(key)) return null
  const notAfter = new Date(leaf.validTo)
  const isUsable =
    leaf.checkPrivateKey(createPrivateKey(key)) &&
    leaf.verify(ca.publicKey) &&
    cert.endsWith(ca.toString()) &&
    Date.parse(leaf.validFrom) <= nowMs &&
    notAfter.getTime() - nowMs >= RENEW_BEFORE_MS &&
    names.every((name) => coversName(leaf, name))
  return isUsable ? { cert, key, notAfter } : null
}

async function makeLeaf(
  pair: KeyPair,
  ca: X509Certificate,
  names: readonly string[],
  dataDir: string | null,
  nowMs: number,
): Promise<Leaf> {
  const key = generateKeyPem()
  const cert = signLeaf(pair, key, names, validity(nowMs, LEAF_DAYS)) + ca.toString()
  if (dataDir !== null) {
    const files = leafFiles(dataDir)
    await writePem(files.key, key)
    await writePem(files.cert, cert)
  }
  return { cert, key, notAfter: new Date(new X509Certificate(cert).validTo) }
}

function coversName(leaf: X509Certificate, name: string): boolean {
  if (isIP(name)) return leaf.checkIP(name) !== undefined
  return leaf.checkHost(name.replace(/^\*/, 'any')) !== undefined
}

function hostName(host: string): string {
  const name = normalizeHost(host)
  if (name !== '') return name
  throw new CertificateError('TLS_NAME_NOT_PERMITTED', `${host} is no host name or IP address`)
}

function validity(nowMs: number, days: number): Validity {
  return {
    notBefore: new Date(nowMs - CLOCK_SKEW_MS),
    notAfter: new Date(nowMs + days * DAY_MS),
  }
}

function parseCertificate(certPem: string): X509Certificate | null {
  try {
    return new X509Certificate(certPem)
  } catch {
    return null
  }
}

function day(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10)
}

function caFiles(dataDir: string): { readonly cert: string; readonly key: string } {
  return { cert: join(dataDir, 'ca.pem'), key: join(dataDir, 'ca-key.pem') }
}

function leafFiles(dataDir: string): { readonly cert: string; readonly key: string } {
  return { cert: join(dataDir, 'leaf.pem'), key: join(dataDir, 'leaf-key.pem') }
}
