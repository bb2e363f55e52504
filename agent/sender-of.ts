import { createSender, RelayClientError, type RelaySender } from '../client/index.ts'

/**
 * A sender that asks the relay about the hybrid connection that a connection string names.
 * Throws ConnectionStringError, or RELAY_OPTIONS_INVALID where the string names none or has nothing to sign with.
 */
export function senderOf(
  connectionString: string,
  options: { readonly ca: string | undefined; readonly userAgent: string },
): RelaySender {
  const { ca, userAgent } = options
  const sender = createSender({ connectionString, ca, userAgent })
  if (sender.endpoint.tokenProvider) return sender
  throw new RelayClientError(
    'RELAY_OPTIONS_INVALID',
    'The connection string has neither a key nor a token: an agent needs one with the right Listen.',
  )
}
