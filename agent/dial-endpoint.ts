import { connect, type Socket } from 'node:net'
import type { ReadPlace } from '../client/read-place.ts'
import type { Reads } from '../client/reads.ts'
import type { Endpoint } from '../protocol/user-metadata.ts'
import { type ConnectToRule, dialledEndpoint, formatEndpoint } from './connect-to.ts'

export type DialEndpointOptions = {
  readonly connectTo: readonly ConnectToRule[]
  readonly timeoutMs: number
  /** Gives up; the promise rejects with its reason. */
  readonly signal?: AbortSignal | undefined
  /** Where its reads land; without one they come as `data`. */
  readonly place?: ReadPlace | undefined
  /** Opens sockets; `net.connect` unless a test says otherwise. */
  readonly connect?: typeof connect | undefined
}

/** An endpoint that cannot be reached. `code` is Node's (`ECONNREFUSED`), `ETIMEDOUT`, or `HCM_NAME_RESERVED`. */
export class EndpointError extends Error {
  override readonly name = 'EndpointError'
  readonly code: string
  /** What befell it, without saying where it was dialled: the end of a sentence that begins with the endpoint. */
  readonly why: string
  /** `place` begins the message and says where the endpoint was dialled. */
  constructor(code: string, place: string, why: string, options?: ErrorOptions) {
    super(`${place} ${why}`, options)
    this.code = code
    this.why = why
  }
}

/** Between packets of an idle tunnel, ms: so that a dead endpoint is noticed. */
const KEEP_ALIVE_MS = 60_000

/** A connection to an endpoint. It is paused, so that whoever takes it misses nothing. */
export type DialledEndpoint = { readonly socket: Socket; readonly reads: Reads | undefined }

/**
 * Opens a TCP connection to an endpoint: its name is looked up now, all its addresses are tried, and half of the
 * connection may be closed. Rejects with an {@link EndpointError} or the signal's reason.
 */
export function dialEndpoint(
  endpoint: Endpoint,
  options: DialEndpointOptions,
): Promise<DialledEndpoint> {
  const { connectTo, timeoutMs, signal } = options
  signal?.throwIfAborted()
  const target = dialledEndpoint(endpoint, connectTo)
  if (isReservedName(target.host)) return Promise.reject(reservedNameError(target.host))
  const place = describe(endpoint, target)
  return new Promise((resolve, reject) => {
    const reads = options.place?.forDialled()
    const socket = (options.connect ?? connect)({
      ...target,
      host: isLocalName(target.host) ? 'localhost' : target.host,
      allowHalfOpen: true,
      autoSelectFamily: true,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_MS,
      ...(reads && { onread: reads.onread }),
    })
    socket.pause()
    const settle = (reason?: unknown): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      socket.off('connect', onConnect).off('error', onError)
      // Whoever gets the socket adds handlers of its own; until then a reset must not end the program.
      socket.on('error', ignore)
      if (reason === undefined) return resolve({ socket, reads })
      socket.destroy()
      reject(reason as Error)
    }
    const onConnect = () => settle()
    const onError = (error: Error) => settle(unreachable(place, error))
    const onAbort = () => settle(signal?.reason)
    const timer = setTimeout(
      () =>
        settle(
          new EndpointError(
            'ETIMEDOUT',
            place,
            `did not answer within ${timeoutMs} ms (ETIMEDOUT)`,
          ),
        ),
      timeoutMs,
    )
    signal?.addEventListener('abort', onAbort, { once: true })
    socket.once('connect', onConnect).once('error', onError)
  })
}

/** A function of its own keeps nothing of a dial alive as long as the connection. */
function ignore(): void {}

/** Names under `.example` are for documentation (RFC 2606): asking DNS for them only tells others what one does. */
export function isReservedName(host: string): boolean {
  return /(?:^|\.)example\.?$/i.test(host)
}

/** `*.localhost` is this machine, whatever DNS says (RFC 6761). */
export function isLocalName(host: string): boolean {
  return /(?:^|\.)localhost\.?$/i.test(host)
}

/** Why a reserved name is not looked up. */
export function reservedNameError(host: string): EndpointError {
  return new EndpointError(
    'HCM_NAME_RESERVED',
    host,
    'is a name for examples and never sent to DNS; hcm run --connect-to leads it somewhere (HCM_NAME_RESERVED)',
  )
}

/** What an error of the network means, e.g. `the name does not resolve (ENOTFOUND)`. */
export function explainNetworkError(error: unknown): string {
  const code = networkCode(error)
  const meaning = MEANINGS[code]
  return meaning === undefined ? code : `${meaning} (${code})`
}

const MEANINGS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the name does not resolve',
  EAI_AGAIN: 'the name service does not answer',
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'it cut the connection',
  ETIMEDOUT: 'nothing answers',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that network',
}

function networkCode(error: unknown): string {
  // A dial of several addresses fails with all their errors at once.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error
  const { code, message } = (first ?? {}) as { code?: string; message?: string }
  return code ?? message ?? 'unknown'
}

function unreachable(place: string, error: unknown): EndpointError {
  return new EndpointError(
    networkCode(error),
    place,
    `cannot be reached: ${explainNetworkError(error)}`,
    { cause: error },
  )
}

function describe(endpoint: Endpoint, target: Endpoint): string {
  const [asked, dialled] = [formatEndpoint(endpoint), formatEndpoint(target)]
  return asked === dialled ? asked : `${asked} (dialled as ${dialled})`
}
