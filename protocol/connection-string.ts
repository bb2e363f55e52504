import { ConnectionStringError } from './connection-string-error.ts'

export { ConnectionStringError, type ConnectionStringErrorCode } from './connection-string-error.ts'

/** A connection string, read and checked. Source: relay-protocol 2.7. */
export type ConnectionString = {
  /** `sb://host[:port]/`, always with the last slash. */
  readonly endpoint: string
  /** Lower case; an IPv6 address keeps its brackets. */
  readonly host: string
  readonly port: number | undefined
  readonly entityPath?: string
  readonly sharedAccessKeyName?: string
  readonly sharedAccessKey?: string
  readonly sharedAccessSignature?: string
  readonly operationTimeoutMs?: number
  readonly authentication?: 'ManagedIdentity'
  /** The Endpoint's port is then the plain port of an emulator on loopback (product 3). */
  readonly useDevelopmentEmulator: boolean
}

export type ConnectionStringInput = {
  /** `sb://host[:port]/`. */
  readonly endpoint: string
  readonly keyName: string
  readonly key: string
  readonly entityPath?: string | undefined
}

/** Reads a connection string. Unknown parts are ignored. Throws {@link ConnectionStringError}. */
export function parseConnectionString(text: string): ConnectionString {
  refuseBizTalk(text)
  if (/^\s*["']/.test(text)) throw syntax('It stands in quotation marks; leave them out.')
  const parts = readParts(text)
  const { host, port } = readEndpoint(parts.get('endpoint'))
  const keyName = parts.get('sharedaccesskeyname')
  const key = parts.get('sharedaccesskey')
  const signature = parts.get('sharedaccesssignature')
  const authentication = readAuthentication(parts.get('authentication'))
  checkCredentials({ keyName, key, signature, authentication })
  const entityPath = parts.get('entitypath')?.replace(/^\/+|\/+$/g, '')
  const timeout = parts.get('operationtimeout')
  return {
    endpoint: `sb://${host}${port === undefined ? '' : `:${port}`}/`,
    host,
    port,
    ...(entityPath && { entityPath }),
    ...(keyName && { sharedAccessKeyName: keyName }),
    ...(key && { sharedAccessKey: key }),
    ...(signature && { sharedAccessSignature: signature }),
    ...(timeout && { operationTimeoutMs: readTimeout(timeout) }),
    ...(authentication && { authentication }),
    useDevelopmentEmulator: readSwitch(parts.get('usedevelopmentemulator')),
  }
}

/** Writes the form that the Azure portal shows. Throws CONNECTION_STRING_SYNTAX for a part with a semicolon. */
export function formatConnectionString(input: ConnectionStringInput): string {
  const parts = [
    ['Endpoint', input.endpoint],
    ['SharedAccessKeyName', input.keyName],
    ['SharedAccessKey', input.key],
    ...(input.entityPath === undefined ? [] : [['EntityPath', input.entityPath] as const]),
  ] as const
  for (const [name, value] of parts) {
    if (value.includes(';')) throw syntax(`${name} must not hold a semicolon.`)
  }
  return parts.map(([name, value]) => `${name}=${value}`).join(';')
}

const BIZTALK_HELP =
  'This is a connection string of BizTalk Hybrid Connections (hc://), a service that ended in 2018. ' +
  'Create a hybrid connection in an Azure Relay namespace and use its connection string (Endpoint=sb://...).'

function refuseBizTalk(text: string): void {
  if (/^\s*(?:endpoint\s*=\s*)?hc:\/\//i.test(text) || /;\s*endpoint\s*=\s*hc:\/\//i.test(text)) {
    throw new ConnectionStringError('CONNECTION_STRING_BIZTALK', BIZTALK_HELP)
  }
}

/** Values by lower-case name. */
function readParts(text: string): ReadonlyMap<string, string> {
  const parts = new Map<string, string>()
  const pieces = text.split(';').filter((piece) => piece.trim() !== '')
  for (const [index, piece] of pieces.entries()) {
    const end = piece.indexOf('=')
    // The piece itself may be the tail of a key, so only its place is told.
    if (end < 1) throw syntax(`Part ${index + 1} is not of the form Name=Value.`)
    const name = piece.slice(0, end).trim().toLowerCase()
    const known = PARTS.find((part) => part.toLowerCase() === name)
    if (known && parts.has(name)) throw syntax(`${known} is given twice.`)
    parts.set(name, piece.slice(end + 1).trim())
  }
  return parts
}

const PARTS = [
  'Endpoint',
  'EntityPath',
  'SharedAccessKeyName',
  'SharedAccessKey',
  'SharedAccessSignature',
  'OperationTimeout',
  'Authentication',
  'UseDevelopmentEmulator',
]

function readEndpoint(value: string | undefined): { host: string; port: number | undefined } {
  if (!value) {
    throw new ConnectionStringError(
      'CONNECTION_STRING_ENDPOINT',
      'The connection string has no Endpoint. Expected Endpoint=sb://HOST/;...',
    )
  }
  const match = /^sb:\/\/(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d{1,5}))?\/?$/i.exec(value)
  const host = match?.[1]?.toLowerCase()
  const port = match?.[2] === undefined ? undefined : Number(match[2])
  if (host === undefined || port === 0 || (port ?? 0) > 65_535) {
    throw new ConnectionStringError(
      'CONNECTION_STRING_ENDPOINT',
      'The Endpoint must be sb://HOST/ or sb://HOST:PORT/ with a port from 1 to 65535.',
    )
  }
  return { host, port }
}

type Credentials = {
  readonly keyName: string | undefined
  readonly key: string | undefined
  readonly signature: string | undefined
  readonly authentication: string | undefined
}

function checkCredentials({ keyName, key, signature, authentication }: Credentials): void {
  if (signature && (keyName || key)) {
    throw conflict('SharedAccessSignature excludes SharedAccessKeyName and SharedAccessKey.')
  }
  if (authentication && (signature || keyName || key)) {
    throw conflict(
      'Authentication excludes SharedAccessKeyName, SharedAccessKey and SharedAccessSignature.',
    )
  }
  if (Boolean(keyName) === Boolean(key)) return
  const [there, missing] = keyName
    ? ['SharedAccessKeyName', 'SharedAccessKey']
    : ['SharedAccessKey', 'SharedAccessKeyName']
  throw new ConnectionStringError(
    'CONNECTION_STRING_KEY',
    `The connection string has a ${there} but no ${missing}.`,
  )
}

function readAuthentication(value: string | undefined): 'ManagedIdentity' | undefined {
  if (!value) return undefined
  if (/^managed ?identity$/i.test(value)) return 'ManagedIdentity'
  throw new ConnectionStringError(
    'CONNECTION_STRING_AUTHENTICATION',
    'Authentication must be ManagedIdentity.',
  )
}

/** The .NET client writes `[d.]hh:mm:ss`, the Java client whole seconds. */
function readTimeout(value: string): number {
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000
  const match = /^(?:(\d{1,4})\.)?(\d{1,2}):([0-5]?\d):([0-5]?\d(?:\.\d{1,7})?)$/.exec(value)
  if (!match || Number(match[2]) > 23) {
    throw new ConnectionStringError(
      'CONNECTION_STRING_TIMEOUT',
      'OperationTimeout must be hh:mm:ss or whole seconds.',
    )
  }
  const [days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0))
  const total = (((days ?? 0) * 24 + (hours ?? 0)) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0)
  return Math.round(total * 1000)
}

function readSwitch(value: string | undefined): boolean {
  if (!value || /^false$/i.test(value)) return false
  if (/^true$/i.test(value)) return true
  throw syntax('UseDevelopmentEmulator must be true or false.')
}

function syntax(message: string): ConnectionStringError {
  return new ConnectionStringError('CONNECTION_STRING_SYNTAX', message)
}

function conflict(message: string): ConnectionStringError {
  return new ConnectionStringError('CONNECTION_STRING_CONFLICT', message)
}
