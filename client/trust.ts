import * as tls from 'node:tls'
import { preferredCiphers } from '../protocol/tls-ciphers.ts'

type Certificates = string | Buffer | ReadonlyArray<string | Buffer>

/**
 * What this end trusts: all that Node trusts, `NODE_EXTRA_CA_CERTS` included, and `ca`. One context serves all
 * connections of a client, because reading the roots takes milliseconds.
 */
export function trustedContext(ca: Certificates | undefined): tls.SecureContext {
  const extra = ca === undefined ? [] : typeof ca === 'string' || Buffer.isBuffer(ca) ? [ca] : ca
  const ciphers = preferredCiphers(tls.DEFAULT_CIPHERS)
  if (extra.length === 0) return tls.createSecureContext({ ciphers })
  const { getCACertificates } = tls as { getCACertificates?: (type: 'default') => string[] }
  if (getCACertificates) {
    return tls.createSecureContext({ ciphers, ca: [...getCACertificates('default'), ...extra] })
  }
  // The option `ca` replaces the roots, and before Node 22.15 nothing lists those of NODE_EXTRA_CA_CERTS, so the
  // certificates are added to the context that has them.
  const context = tls.createSecureContext({ ciphers })
  const { addCACert } = context.context as { addCACert?: (pem: string | Buffer) => void }
  if (!addCACert)
    return tls.createSecureContext({ ciphers, ca: [...tls.rootCertificates, ...extra] })
  for (const pem of extra.flatMap(certificatesOf)) addCACert.call(context.context, pem)
  return context
}

function certificatesOf(pem: string | Buffer): readonly string[] {
  return pem.toString().match(/-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----/g) ?? []
}
