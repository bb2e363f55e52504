import { lintUserMetadata } from '../../../../../protocol/metadata-lint.ts'
import { formatUserMetadata, parseEndpoint } from '../../../../../protocol/user-metadata.ts'

/** What the dialog says of an endpoint: it cannot be created with an error, and can with a warning. */
export type EndpointAdvice = {
  readonly userMetadata: string
  readonly error: string | null
  readonly warning: string | null
}

/** `localhost` and loopback addresses are refused where quotas and rules are strict. Source: dashboard 2.6. */
export function adviseEndpoint(host: string, port: string, isLoose: boolean): EndpointAdvice {
  const text = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
  const userMetadata = formatUserMetadata({ endpoint: text })
  if (host === '' || !parseEndpoint(text)) {
    const error = 'An endpoint is a host name and a port from 1 to 65535.'
    return { userMetadata, error, warning: null }
  }
  const findings = lintUserMetadata(userMetadata)
  const fault = findings.find(({ level }) => level === 'error')
  if (fault) return { userMetadata, error: fault.message, warning: null }
  if (isLoopback(host) && !isLoose) {
    const error =
      'App Service does not lead localhost and loopback addresses through a hybrid connection: use a DNS name.'
    return { userMetadata, error, warning: null }
  }
  return { userMetadata, error: null, warning: findings[0]?.message ?? null }
}

function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, '')
  return /^(?:localhost|.*\.localhost|127(?:\.\d{1,3}){3}|::1)$/.test(name)
}
