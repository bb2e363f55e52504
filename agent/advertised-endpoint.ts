import { isObject } from '../protocol/json.ts'
import { readEndpoint } from '../protocol/user-metadata.ts'
import { formatEndpoint } from './connect-to.ts'

/** The endpoint that a hybrid connection's `userMetadata` names, as HOST:PORT; '' when it names none. */
export function advertisedEndpoint(userMetadata: string): string {
  const endpoint = readEndpoint(userMetadata)
  return endpoint ? formatEndpoint(endpoint) : ''
}

/** Why a hybrid connection's `userMetadata` names no endpoint; undefined when it names one. */
export function metadataReason(userMetadata: string): string | undefined {
  if (readEndpoint(userMetadata)) return undefined
  if (userMetadata.trim() === '') return `it has no userMetadata; expected ${EXAMPLE}`
  let parsed: unknown
  try {
    parsed = JSON.parse(userMetadata)
  } catch {
    return `its userMetadata is not JSON; expected ${EXAMPLE}`
  }
  if (!Array.isArray(parsed)) return `its userMetadata is not a JSON array; expected ${EXAMPLE}`
  const endpoints = parsed.filter(
    (entry) => isObject(entry) && String(entry['key']).toLowerCase() === 'endpoint',
  )
  if (endpoints.length === 0) return 'its userMetadata has no entry with the key endpoint'
  if (endpoints.length > 1) return `its userMetadata names ${endpoints.length} endpoints`
  return 'the endpoint in its userMetadata is not HOST:PORT with a port from 1 to 65535'
}

const EXAMPLE = '[{"key":"endpoint","value":"HOST:PORT"}]'
