import { isIP } from 'node:net'

/** What to connect to for a host: `*.localhost` is this machine, whatever DNS says. */
export function dialledHost(hostname: string): string {
  return /\.localhost$/i.test(hostname) ? 'localhost' : hostname
}

/** The name for TLS (SNI), which an address is not: '' for none. Source: RFC 6066 3. */
export function serverName(hostname: string): string {
  return isIP(hostname) === 0 ? hostname : ''
}
