import { openAuthority } from '../../server/tls/authority.ts'

/** PEM texts: a chain for loopback names, its key, and the CA that clients trust. */
export type Certificate = { readonly cert: string; readonly key: string; readonly ca: string }

/** Made as the product makes its own, so that a TLS handshake costs every peer the same. */
export async function makeCertificate(): Promise<Certificate> {
  const authority = await openAuthority({ dataDir: null, hosts: [], now: Date.now })
  const { cert, key } = await authority.issue([])
  return { cert, key, ca: authority.caPem }
}
