import { mintSasToken, parseConnectionString } from '../../protocol/index.ts'
import { HYBRID_CONNECTION } from './emulator.ts'

const LIFETIME_SECONDS = 3_600

/** A SAS token that outlives the run. */
export function tokenFor(host: string, keyName: string, key: string): string {
  return mintSasToken({
    resource: `http://${host}/${HYBRID_CONNECTION}`,
    keyName,
    key,
    expirySeconds: Math.floor(Date.now() / 1_000) + LIFETIME_SECONDS,
  })
}

/** The same by what a connection string grants. */
export function tokenFrom(connectionString: string): string {
  const { host, sharedAccessKeyName, sharedAccessKey } = parseConnectionString(connectionString)
  return tokenFor(host, sharedAccessKeyName ?? '', sharedAccessKey ?? '')
}
