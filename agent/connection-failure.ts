import type { RelayClientError } from '../client/index.ts'

/** True when the relay says that there is no such hybrid connection. */
export function isGone(error: unknown): boolean {
  return (error as Partial<RelayClientError>).code === 'RELAY_ENTITY_UNKNOWN'
}

/** Why the relay was not reached or refused, for people. */
export function reasonOf(error: unknown): string {
  const { name, message } = error as Error
  return name === 'TimeoutError' ? 'the relay did not answer in time' : message
}

/** The fields of a log line about a failure. */
export function told(error: unknown): { code: string | null; reason: string } {
  const { code } = error as Partial<RelayClientError>
  return { code: typeof code === 'string' ? code : null, reason: reasonOf(error) }
}
