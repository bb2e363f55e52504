import { X509Certificate } from 'node:crypto'
import { rmSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createSecureContext } from 'node:tls'
import { openAuthority, RENEW_BEFORE_MS } from './authority.ts'
import { CertificateError } from './certificate-error.ts'
import { readPem } from './pem-files.ts'

/** Twice a day: far below the limit of a timer (2^31 ms), and a laptop that slept is late by hours, not by weeks. */
const CHECK_INTERVAL_MS = 12 * 60 * 60 * 1000

/** What `tls.createServer` and `setSecureContext` take; PEM. */
export type TlsContext = { readonly cert: string; readonly key: string }

/** What the TLS port presents. `context`, `caPem` and `replaced` follow a renewal. */
export type ServerCertificate = {
  readonly context: TlsContext
  /** The emulator's CA, null with a certificate from outside. */
  readonly caPem: string | null
  /** Where `caPem` can be read while the server runs. */
  readonly caFile: string | null
  /** Why the CA is a new one and must be trusted again, else null. */
  readonly replaced: string | null
  /** Calls back with the new context each time the leaf was renewed. */
  onRenewed(listener: (context: TlsContext) => void): void
  /** Calls back when a renewal failed; it is tried again twelve hours later. */
  onRenewFailed(listener: (error: unknown) => void): void
  /**
   * Serves these names from now on, after a change of the configuration; calls back like a renewal when that needs
   * another leaf. Throws TLS_NAME_NOT_PERMITTED when the CA may not vouch for one and lives in memory.
   */
  cover(hosts: readonly string[]): Promise<void>
  /** Stops the renewal and removes the temporary CA file. */
  close(): void
}

export type ServerCertificateOptions = {
  /** PEM files (certificate with its chain, and its key) used instead of the emulator's CA; both or none. */
  readonly tlsCert?: string | undefined
  readonly tlsKey?: string | undefined
  /** Unused with `inMemory` or an own certificate. */
  readonly dataDir: string
  readonly inMemory: boolean
  /** Names and addresses to serve besides the emulator's own. */
  readonly hosts: readonly string[]
  /** Unix time in ms. */
  readonly now: () => number
}

/** Reads or makes the server's certificate. Throws CertificateError, whose message names the file and the next step. */
export async function openServerCertificate(
  options: ServerCertificateOptions,
): Promise<ServerCertificate> {
  const { tlsCert, tlsKey } = options
  if (tlsCert === undefined && tlsKey === undefined) return openOwn(options)
  if (tlsCert === undefined || tlsKey === undefined) {
    const [given, missing] = tlsCert === undefined ? ['key', 'cert'] : ['cert', 'key']
    throw new CertificateError(
      'TLS_FLAG_MISSING',
      `--tls-${given} is given without --tls-${missing}; a certificate needs both`,
    )
  }
  const context = await readContext(tlsCert, tlsKey)
  const nothing = () => {}
  return {
    context,
    caPem: null,
    caFile: null,
    replaced: null,
    onRenewed: nothing,
    onRenewFailed: nothing,
    cover: async () => {},
    close: nothing,
  }
}

async function openOwn(options: ServerCertificateOptions): Promise<ServerCertificate> {
  const { now, inMemory } = options
  let { hosts } = options
  const open = () => openAuthority({ dataDir: inMemory ? null : options.dataDir, hosts, now })
  let authority = await open()
  let leaf = await authority.issue(hosts)
  const temporary = inMemory ? await writeTemporary(authority.caPem) : null
  const renewed: ((context: TlsContext) => void)[] = []
  const failed: ((error: unknown) => void)[] = []
  let timer: NodeJS.Timeout | null = null

  const renewIfDue = async () => {
    if (leaf.notAfter.getTime() - now() >= RENEW_BEFORE_MS) return
    // A stored CA may itself be near its end by now; one in memory outlives its process.
    await issue()
  }
  const issue = async () => {
    const current = inMemory ? authority : await open()
    const next = await current.issue(hosts)
    authority = current
    if (next.cert === leaf.cert) return
    leaf = next
    for (const listener of renewed) listener(contextOf(leaf))
  }
  const check = async () => {
    try {
      await renewIfDue()
    } catch (error) {
      for (const listener of failed) listener(error)
    }
    if (timer !== null) schedule()
  }
  const schedule = () => {
    timer = setTimeout(() => void check(), CHECK_INTERVAL_MS)
    timer.unref()
  }
  schedule()

  return {
    get context() {
      return contextOf(leaf)
    },
    get caPem() {
      return authority.caPem
    },
    get replaced() {
      return authority.replaced
    },
    caFile: temporary?.file ?? authority.caFile,
    onRenewed: (listener) => void renewed.push(listener),
    onRenewFailed: (listener) => void failed.push(listener),
    cover: (names) => {
      hosts = names
      return issue()
    },
    close: () => {
      if (timer !== null) clearTimeout(timer)
      timer = null
      temporary?.remove()
    },
  }
}

function contextOf({ cert, key }: TlsContext): TlsContext {
  return { cert, key }
}

/** The CA certificate as a file for clients to trust, gone at `remove` and at the latest with the process. */
async function writeTemporary(caPem: string): Promise<{ file: string; remove: () => void }> {
  const file = join(await mkdtemp(join(tmpdir(), 'relay-emulator-')), 'ca.pem')
  await writeFile(file, caPem)
  const removeFolder = () => rmSync(dirname(file), { recursive: true, force: true })
  process.once('exit', removeFolder)
  const remove = () => {
    process.removeListener('exit', removeFolder)
    removeFolder()
  }
  return { file, remove }
}

async function readContext(certFile: string, keyFile: string): Promise<TlsContext> {
  const cert = await readGiven('--tls-cert', certFile)
  const key = await readGiven('--tls-key', keyFile)
  try {
    createSecureContext({ cert })
  } catch (error) {
    throw invalid(`--tls-cert ${certFile} holds no certificate in PEM form`, error)
  }
  try {
    createSecureContext({ key })
  } catch (error) {
    throw invalid(`--tls-key ${keyFile} holds no private key in PEM form without passphrase`, error)
  }
  try {
    createSecureContext({ cert, key })
  } catch (error) {
    const subject = new X509Certificate(cert).subject.replaceAll('\n', ', ')
    throw new CertificateError(
      'TLS_KEY_MISMATCH',
      `--tls-key ${keyFile} is not the key of the first certificate (${subject}) in ${certFile}; put the server's own certificate first, its chain after it`,
      { cause: error },
    )
  }
  return { cert, key }
}

async function readGiven(flag: string, file: string): Promise<string> {
  const text = await readPem(file)
  if (text !== null) return text
  throw new CertificateError(
    'TLS_FILE_UNREADABLE',
    `${flag} ${file} does not exist; without --tls-cert and --tls-key the emulator makes a certificate of its own`,
  )
}

function invalid(message: string, cause: unknown): CertificateError {
  return new CertificateError('TLS_FILE_INVALID', message, { cause })
}
