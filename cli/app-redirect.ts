/** Where the preload leads the endpoints of hybrid connections. */
export type AppRedirect = {
  readonly endpoints: readonly {
    /** As the program names it; compared without case. */
    readonly host: string
    readonly port: number
    /** Where to go instead. */
    readonly address: string
    readonly localPort: number
  }[]
}

/** The environment variable that carries it. */
export const APP_REDIRECT_VARIABLE = 'RELAY_EMULATOR_APP_REDIRECT'

/** Writes the value of {@link APP_REDIRECT_VARIABLE}. */
export function formatAppRedirect(redirect: AppRedirect): string {
  return JSON.stringify(redirect)
}

/** Reads it; undefined when it is missing or not ours, for a program must start nevertheless. */
export function readAppRedirect(text: string | undefined): AppRedirect | undefined {
  if (!text) return undefined
  try {
    const { endpoints } = JSON.parse(text) as Partial<AppRedirect>
    return Array.isArray(endpoints) ? { endpoints } : undefined
  } catch {
    return undefined
  }
}

/** What becomes of a connection: it goes on as it is, goes elsewhere, or must fail with a reason. */
export type AppConnect =
  | { readonly kind: 'pass' }
  | { readonly kind: 'redirect'; readonly args: unknown[] }
  | { readonly kind: 'refuse'; readonly host: string; readonly port: number }

/**
 * Decides on the arguments of `net.Socket.prototype.connect` in all its forms: `(options)`, `(port, host)` and the
 * array that `net.connect` has normalised. The caller's objects are never changed, so TLS checks the name it was given.
 */
export function appConnect(args: unknown[], redirect: AppRedirect): AppConnect {
  const [first, second] = args
  const options: unknown = Array.isArray(first) ? first[0] : first
  const isObject = typeof options === 'object' && options !== null
  const given = (isObject ? options : { port: first, host: second }) as {
    host?: unknown
    port?: unknown
    path?: unknown
  }
  if (given.path || typeof given.host !== 'string') return { kind: 'pass' }
  const host = given.host.toLowerCase()
  const port = Number(given.port)
  const ours = redirect.endpoints.filter((endpoint) => endpoint.host.toLowerCase() === host)
  if (ours.length === 0) return { kind: 'pass' }
  const target = ours.find((endpoint) => endpoint.port === port)
  if (!target) return { kind: 'refuse', host: given.host, port }
  const { address, localPort } = target
  if (!isObject) return { kind: 'redirect', args: [localPort, address, ...args.slice(2)] }
  // A look-up made for the endpoint's name would answer for the wrong host.
  const copy = Object.assign(
    Object.create(Object.getPrototypeOf(options) as object | null) as object,
    options,
    { host: address, port: localPort, lookup: undefined },
  )
  // Object.assign also copies the symbol by which node:net knows the array as normalised.
  const replaced = Array.isArray(first) ? Object.assign([...first], first, [copy]) : copy
  return { kind: 'redirect', args: [replaced, ...args.slice(1)] }
}
