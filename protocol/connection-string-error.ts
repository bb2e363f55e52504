/** What is wrong with a connection string; stable, unlike the message. */
export type ConnectionStringErrorCode =
  | 'CONNECTION_STRING_SYNTAX'
  | 'CONNECTION_STRING_BIZTALK'
  | 'CONNECTION_STRING_ENDPOINT'
  | 'CONNECTION_STRING_KEY'
  | 'CONNECTION_STRING_CONFLICT'
  | 'CONNECTION_STRING_TIMEOUT'
  | 'CONNECTION_STRING_AUTHENTICATION'

/** A refused connection string. The message names the part at fault and never holds a key or a token. */
export class ConnectionStringError extends Error {
  override readonly name = 'ConnectionStringError'
  readonly code: ConnectionStringErrorCode
  constructor(code: ConnectionStringErrorCode, message: string) {
    super(message)
    this.code = code
  }
}
