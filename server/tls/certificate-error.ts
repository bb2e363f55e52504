/** What can be wrong with certificates and keys that come from outside. */
export type CertificateErrorCode =
  | 'TLS_FILE_UNREADABLE'
  | 'TLS_FILE_UNWRITABLE'
  | 'TLS_FILE_INVALID'
  | 'TLS_KEY_MISMATCH'
  | 'TLS_NAME_NOT_PERMITTED'
  | 'TLS_FLAG_MISSING'

/** A fault of the configuration: the message names the file or name at fault and the next step, never key material. */
export class CertificateError extends Error {
  override readonly name = 'CertificateError'
  readonly code: CertificateErrorCode
  constructor(code: CertificateErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
