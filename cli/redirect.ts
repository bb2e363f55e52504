/** Where `exec` leads the relay's production names. Read by the preload in every Node process below it. */
export type Redirect = {
  /** Host names in lower case, exactly those that are led away. */
  readonly names: readonly string[]
  readonly host: string
  readonly port: number
}

/** The environment variable that carries it. */
export const REDIRECT_VARIABLE = 'RELAY_EMULATOR_REDIRECT'

/** The only port that is led away: Azure Relay listens nowhere else. Source: relay-protocol 9.1. */
const RELAY_PORT = 443

/** Writes the value of {@link REDIRECT_VARIABLE}. */
export function formatRedirect(redirect: Redirect): string {
  return JSON.stringify(redirect)
}

/** Reads it; undefined when it is missing or not ours, for a program must start nevertheless. */
export function readRedirect(text: string | undefined): Redirect | undefined {
  if (!text) return undefined
  try {
    const { names, host, port } = JSON.parse(text) as Partial<Redirect>
    if (!Array.isArray(names) || typeof host !== 'string' || typeof port !== 'number')
      return undefined
    return { names, host, port }
  } catch {
    return undefined
  }
}

/**
 * The arguments of `net.Socket.prototype.connect` with host and port exchanged when they name the relay,
 * else the very same array. Understands all its forms: `(options)`, `(port, host)`, and the already
 * normalised array that `net.connect` passes down. The caller's objects are never changed, so TLS keeps
 * the production name for SNI and for checking the certificate.
 */
export function redirectArguments(args: unknown[], redirect: Redirect): unknown[] {
  const [first, second] = args
  if (Array.isArray(first)) {
    const options = redirectOptions(first[0], redirect)
    // Object.assign also copies the symbol by which node:net knows the array as normalised.
    return options ? [Object.assign([...first], first, [options]), ...args.slice(1)] : args
  }
  if (typeof first === 'object') {
    const options = redirectOptions(first, redirect)
    return options ? [options, ...args.slice(1)] : args
  }
  return isRelay(second, first, redirect) ? [redirect.port, redirect.host, ...args.slice(2)] : args
}

function redirectOptions(options: unknown, redirect: Redirect): object | undefined {
  if (typeof options !== 'object' || options === null) return undefined
  const { host, port, path } = options as { host?: unknown; port?: unknown; path?: unknown }
  if (path || !isRelay(host, port, redirect)) return undefined
  const copy: unknown = Object.create(Object.getPrototypeOf(options) as object | null)
  // A look-up made for the production name would answer for the wrong host.
  return Object.assign(copy as object, options, {
    host: redirect.host,
    port: redirect.port,
    lookup: undefined,
  })
}

function isRelay(host: unknown, port: unknown, redirect: Redirect): boolean {
  if (typeof host !== 'string' || Number(port) !== RELAY_PORT) return false
  return redirect.names.includes(host.toLowerCase())
}
