import { duration } from '../../protocol/parse.ts'
import { mintSasToken } from '../../protocol/sas.ts'
import { readConnect } from '../connect-input.ts'
import type { ConnectFlags } from '../connect-input.ts'
import { CliError, EXIT } from '../failure.ts'
import type { CliIo } from '../io.ts'

export type CreateTokenFlags = ConnectFlags & {
  readonly ttl: string
  readonly entity?: string | undefined
}

/** Prints a SAS token and nothing else. Its audience is `http://HOST/ENTITY` (relay-protocol 2.2). */
export async function createToken(
  flags: CreateTokenFlags,
  io: CliIo,
  nowMs = Date.now(),
): Promise<number> {
  const connection = await readConnect(flags, io)
  if (!connection)
    throw new CliError(
      EXIT.usage,
      'token create needs --connect or --connect-file',
      'relay-emulator connection-string',
    )
  const { host, sharedAccessKeyName: keyName, sharedAccessKey: key } = connection
  if (keyName === undefined || key === undefined)
    throw new CliError(
      EXIT.usage,
      'the connection string holds no SharedAccessKeyName and SharedAccessKey to sign with',
      'relay-emulator connection-string prints some that do',
    )
  const resource = `http://${host}/${encodePath(flags.entity ?? connection.entityPath ?? '')}`
  const expirySeconds = Math.floor((nowMs + ttlMs(flags.ttl)) / 1000)
  io.stdout.write(`${mintSasToken({ resource, keyName, key, expirySeconds })}\n`)
  return EXIT.fine
}

function ttlMs(text: string): number {
  try {
    return duration(text, '--ttl')
  } catch (error) {
    throw new CliError(EXIT.usage, (error as Error).message, '--ttl 1h', { cause: error })
  }
}

function encodePath(entity: string): string {
  return entity.split('/').filter(Boolean).map(encodeURIComponent).join('/')
}
