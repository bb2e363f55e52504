import { formatConnectionString, parseConnectionString } from '../../protocol/index.ts'
import { HYBRID_CONNECTION } from './emulator.ts'

/** The same rights over the emulator's plain port (product 3). */
export function plainForm(connectionString: string, port: number): string {
  const { host, sharedAccessKeyName, sharedAccessKey } = parseConnectionString(connectionString)
  const plain = formatConnectionString({
    endpoint: `sb://${host}:${port}/`,
    keyName: sharedAccessKeyName ?? '',
    key: sharedAccessKey ?? '',
    entityPath: HYBRID_CONNECTION,
  })
  return `${plain};UseDevelopmentEmulator=true`
}
