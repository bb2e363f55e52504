// A SAS token made by hand: what every client of Azure Relay signs.
import { createHmac } from 'node:crypto'

/** `audience` is the URI of a hybrid connection without port and query, e.g. `http://localhost/demo`. */
export function createSasToken(audience, keyName, key, lifetimeSeconds = 3600) {
  const sr = encodeURIComponent(audience)
  const se = Math.floor(Date.now() / 1000) + lifetimeSeconds
  const sig = createHmac('sha256', key).update(`${sr}\n${se}`).digest('base64')
  return `SharedAccessSignature sr=${sr}&sig=${encodeURIComponent(sig)}&se=${se}&skn=${keyName}`
}
