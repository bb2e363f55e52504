import { parseConnectionString } from '../protocol/connection-string.ts'
import { RelayClientError } from './errors.ts'
import { type TokenProvider, fixedTokenProvider, sasTokenProvider } from './token-provider.ts'
import { PACKAGE_VERSION } from '../protocol/package-version.ts'

/** Where to go and who one is; listener and sender have these options in common. */
export type RelayClientOptions = {
  /** As the Azure portal or the emulator prints it. */
  readonly connectionString: string
  /** The hybrid connection, where the connection string names none. */
  readonly entityPath?: string | undefined
  /** Signs instead of the connection string's key. */
  readonly tokenProvider?: TokenProvider | undefined
  /** PEM certificates that are trusted besides those that Node trusts anyway. */
  readonly ca?: string | Buffer | ReadonlyArray<string | Buffer> | undefined
  /**
   * Value of `Relay-User-Agent`, e.g. from {@link relayUserAgent}: what the relay's logs and the emulator's dashboard
   * call this end.
   */
  readonly userAgent?: string | undefined
  /**
   * True sends frames with a zero mask over TLS, which saves 15 to 25 % of the sending CPU. The mask of RFC 6455
   * protects old proxies from clear text; nothing is lost inside TLS.
   */
  readonly zeroMask?: boolean | undefined
}

/** A hybrid connection, as read from the options. */
export type RelayEndpoint = {
  readonly scheme: 'ws' | 'wss'
  /** Without brackets around IPv6. */
  readonly hostname: string
  readonly port: number
  /** As it stands in addresses and in `Host`: with brackets, and with the port when it is not the scheme's. */
  readonly host: string
  readonly entityPath: string
  /** What tokens are for: `http://HOST/PATH/`. Source: relay-protocol 2.2. */
  readonly audience: string
  /** Undefined for a sender without credentials. */
  readonly tokenProvider: TokenProvider | undefined
  readonly userAgent: string
}

/** Plain port of an emulator when the connection string names none (product 3). */
const DEVELOPMENT_PORT = 9480

/**
 * Reads the options. Throws ConnectionStringError, or RELAY_OPTIONS_INVALID where nothing says which hybrid
 * connection is meant, or who signs.
 */
export function readEndpoint(options: RelayClientOptions): RelayEndpoint {
  const parsed = parseConnectionString(options.connectionString)
  const entityPath = (options.entityPath ?? parsed.entityPath ?? '').replace(/^\/+|\/+$/g, '')
  if (entityPath === '') {
    throw invalid('The connection string has no EntityPath: name the hybrid connection.')
  }
  const hostname = parsed.host.replace(/^\[(.*)\]$/, '$1')
  const isPlain = parsed.useDevelopmentEmulator
  if (isPlain && !isLoopback(hostname)) {
    throw invalid('UseDevelopmentEmulator=true is for an emulator on this machine only.')
  }
  const port = parsed.port ?? (isPlain ? DEVELOPMENT_PORT : 443)
  return {
    scheme: isPlain ? 'ws' : 'wss',
    hostname,
    port,
    host: port === (isPlain ? 80 : 443) ? parsed.host : `${parsed.host}:${port}`,
    entityPath,
    audience: `http://${parsed.host}/${entityPath}/`,
    tokenProvider: options.tokenProvider ?? providerOf(parsed),
    userAgent: headerText(options.userAgent ?? relayUserAgent('client')),
  }
}

/** A handshake is written as text, where a line break would begin another header. */
function headerText(userAgent: string): string {
  if (/^[\t\x20-\x7e\x80-\xff]*$/.test(userAgent)) return userAgent
  throw invalid('userAgent has a line break or another character that no header holds.')
}

/** A `Relay-User-Agent` as our own tools write it, e.g. `relay-emulator-app/1.2.3 (NAME)`. */
export function relayUserAgent(tool: string, name?: string): string {
  const product = `relay-emulator-${tool}/${PACKAGE_VERSION}`
  return name === undefined ? product : `${product} (${name.replace(/[^\x20-\x7e]|[()]/g, '?')})`
}

/** True for names and addresses that never leave this machine. */
export function isLoopback(hostname: string): boolean {
  return (
    /^(?:.+\.)?localhost$/i.test(hostname) ||
    /^127(?:\.\d{1,3}){3}$/.test(hostname) ||
    hostname === '::1'
  )
}

function providerOf(parsed: ReturnType<typeof parseConnectionString>): TokenProvider | undefined {
  const { sharedAccessKeyName: keyName, sharedAccessKey: key, sharedAccessSignature } = parsed
  if (keyName && key) return sasTokenProvider({ keyName, key })
  if (sharedAccessSignature) return fixedTokenProvider(sharedAccessSignature)
  if (parsed.authentication) {
    throw invalid(
      'Authentication=ManagedIdentity needs a tokenProvider: pass entraTokenProvider(credential).',
    )
  }
  return undefined
}

function invalid(message: string): RelayClientError {
  return new RelayClientError('RELAY_OPTIONS_INVALID', message)
}
