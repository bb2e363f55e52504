/** Trust in a CA for the process that runs, which `NODE_EXTRA_CA_CERTS` gives only to one that starts. */
import { syncBuiltinESMExports } from 'node:module'
import tls from 'node:tls'

/** Since Node.js 22.19 and 24.5; the types are those of the oldest version that is supported. */
type DefaultCertificates = {
  getCACertificates(type: 'default'): string[]
  setDefaultCACertificates(certificates: readonly string[]): void
}

/**
 * Makes everything in this process trust a CA (PEM) that leaves its roots to Node: `https`, `fetch`, `ws` and what
 * stands on them. Connections with a `ca` of their own are left alone. The returned function undoes it; a CA that was
 * trusted before stays so.
 */
export function trustInProcess(caPem: string): () => void {
  const { getCACertificates, setDefaultCACertificates } = tls as Partial<DefaultCertificates>
  return getCACertificates && setDefaultCACertificates
    ? addToDefaults(caPem, { getCACertificates, setDefaultCACertificates })
    : addToContexts(caPem)
}

function addToDefaults(
  caPem: string,
  { getCACertificates, setDefaultCACertificates }: DefaultCertificates,
): () => void {
  const isOwn = (pem: string) => withoutBlanks(pem) === withoutBlanks(caPem)
  const before = getCACertificates('default')
  if (before.some(isOwn)) return () => {}
  setDefaultCACertificates([...before, caPem])
  return () => setDefaultCACertificates(getCACertificates('default').filter((pem) => !isOwn(pem)))
}

/** Every TLS connection of a client asks for its context here. */
function addToContexts(caPem: string): () => void {
  const before = tls.createSecureContext
  let isActive = true
  const createSecureContext: typeof before = (options) => {
    const context = before(options)
    // Not among the options: `ca` there would replace the roots instead of adding one.
    if (isActive && !options?.ca) context.context.addCACert(caPem)
    return context
  }
  replace(createSecureContext)
  return () => {
    isActive = false
    // Somebody may have put a hook of theirs on top; then this one stays below it and does nothing.
    if (tls.createSecureContext === createSecureContext) replace(before)
  }
}

function replace(createSecureContext: typeof tls.createSecureContext): void {
  tls.createSecureContext = createSecureContext
  syncBuiltinESMExports()
}

function withoutBlanks(pem: string): string {
  return pem.replaceAll(/\s/g, '')
}
