import { createPublicKey, generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import type { CryptoKey, JWK } from 'jose'
import { StateFileError } from '../state-file.ts'
import { createPem, readPem } from '../tls/pem-files.ts'

/** What tokens are signed with. */
export type SigningKey = {
  readonly privateKey: CryptoKey
  readonly publicKey: CryptoKey
  /** As the key set publishes it, with `kid`, `use`, `alg` and `x5t`. */
  readonly publicJwk: JWK
  readonly kid: string
}

/** The key of the emulator's Entra ID, made when it is first needed: most relays never sign a token. */
export class SigningKeys {
  readonly #file: string | null
  #key: Promise<SigningKey> | undefined

  private constructor(file: string | null) {
    this.#file = file
  }

  /**
   * `file` keeps the key over restarts (mode 0600), null keeps it in memory. Throws RELAY_STORE_DAMAGED for a file
   * that holds something else, which is left as it is.
   */
  static async open(file: string | null): Promise<SigningKeys> {
    const keys = new SigningKeys(file)
    const stored = file === null ? null : await readPem(file)
    if (stored !== null) keys.#key = Promise.resolve(await readKey(stored, file ?? ''))
    return keys
  }

  current(): Promise<SigningKey> {
    return (this.#key ??= this.#make())
  }

  async #make(): Promise<SigningKey> {
    const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    const file = this.#file
    if (file === null) return readKey(pem, '')
    // Another emulator on the same folder may have been first; its key counts then.
    await createPem(file, pem)
    return readKey((await readPem(file)) ?? pem, file)
  }
}

async function readKey(pem: string, file: string): Promise<SigningKey> {
  const { calculateJwkThumbprint, exportJWK, importPKCS8, importSPKI } = await import('jose')
  try {
    const privateKey = await importPKCS8(pem, 'RS256')
    const spki = createPublicKey(pem)
    const publicKey = await importSPKI(
      spki.export({ type: 'spki', format: 'pem' }).toString(),
      'RS256',
    )
    const { kty, n, e } = await exportJWK(spki)
    const kid = await calculateJwkThumbprint({ kty, n, e } as JWK)
    return {
      privateKey,
      publicKey,
      kid,
      publicJwk: { kty, n, e, kid, x5t: kid, use: 'sig', alg: 'RS256' } as JWK,
    }
  } catch (cause) {
    throw new StateFileError(
      'RELAY_STORE_DAMAGED',
      `${file} holds no RSA key in PEM form. Restore it, or move it away to get a new one; tokens signed with the old one then fail.`,
      { cause },
    )
  }
}
