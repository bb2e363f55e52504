import { isIP } from 'node:net'
import { isLoopback } from './endpoint.ts'

/** Why an app's connections to a host cannot be led anywhere else. */
export type RedirectExemption = 'ip-address' | 'localhost'

/**
 * Why this endpoint host is never redirected; undefined when it can be. The app side works at the look-up of names: an
 * address is not looked up, and `localhost` is the app's own machine. Source: management-plane, "Hybrid connections".
 */
export function redirectExemption(host: string): RedirectExemption | undefined {
  if (isIP(host.replace(/^\[(.*)\]$/, '$1')) !== 0) return 'ip-address'
  return isLoopback(host) ? 'localhost' : undefined
}

/** Words for an exemption that end a sentence, e.g. `it is an IP address, which is not looked up by name`. */
export function explainExemption(exemption: RedirectExemption): string {
  switch (exemption) {
    case 'ip-address':
      return 'it is an IP address, which no program looks up by name'
    case 'localhost':
      return "localhost is the app's own machine"
  }
}
