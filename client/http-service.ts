import { EventEmitter, once } from 'node:events'
import { type IncomingMessage, type Server, request as httpRequest } from 'node:http'
import { pipeline } from 'node:stream'
import { encodeResponse } from '../protocol/control-message.ts'
import { type HeaderList, headerList } from '../protocol/headers.ts'
import { headerBytes } from '../protocol/http-message.ts'
import { MAX_CONTROL_HEADER_BYTES, MAX_CONTROL_MESSAGE_BYTES } from '../protocol/limits.ts'
import type { Dialled } from './dialer.ts'
import { RelayClientError } from './errors.ts'
import { RequestRendezvous, type WholeRequest } from './request-rendezvous.ts'
import { socketPair } from './socket-pair.ts'

export type HttpServiceDeps = {
  readonly server: Server
  /** Whether requests come over TLS, for `req.socket.encrypted`. */
  readonly isSecure: boolean
  /** How long a response is collected after its head before it is streamed, ms. */
  readonly flushDelayMs: number
  /** Writes a response to the control channel; false when there is none or it is gone. */
  readonly reply: (text: string, body?: Uint8Array) => boolean
  readonly dial: (address: string) => Promise<Dialled>
  readonly fault: (error: RelayClientError) => void
}

/** Headers of one hop, which the relay makes anew (relay-protocol 5.5). */
const HOP_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'content-length',
  'transfer-encoding',
  'te',
  'trailer',
  'upgrade',
])

/** Methods whose requests say nothing of a body when they have none. */
const BODILESS_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE'])

/**
 * Gives relayed requests to a node:http server through a connection in memory, so that handlers get real requests and
 * responses. Small answers go over the control channel, others over a rendezvous. Source: relay-protocol 5.4 to 5.7.
 */
export class HttpService {
  readonly #deps: HttpServiceDeps
  readonly #events = new EventEmitter<{ idle: [] }>()
  #active = 0

  constructor(deps: HttpServiceDeps) {
    this.#deps = deps
  }

  /** Requests that are being answered. */
  get active(): number {
    return this.#active
  }

  /** Resolves when no request is being answered, or when the signal ends the wait. */
  async idle(signal: AbortSignal): Promise<void> {
    if (this.#active > 0) await once(this.#events, 'idle', { signal }).catch(() => {})
  }

  /** Answers a request that came whole over the control channel. */
  serve(request: WholeRequest, body: Buffer | undefined): void {
    void this.#count(async () => {
      const inner = this.#begin(request, body ? body.length : undefined)
      inner.end(body)
      await this.#answer(request, inner, undefined)
    })
  }

  /** Fetches a request from its rendezvous and answers it there. */
  serveByAddress(address: string): Promise<void> {
    return this.#count(async () => {
      const { frames } = await this.#deps.dial(address)
      const rendezvous = new RequestRendezvous(frames)
      const request = await rendezvous.request
      const inner = this.#begin(request, request.body ? Infinity : undefined)
      rendezvous.onGone(() => inner.destroy())
      if (request.body) pipeline(rendezvous.body, inner, () => {})
      else inner.end()
      await this.#answer(request, inner, rendezvous)
    })
  }

  async #count(serve: () => Promise<void>): Promise<void> {
    this.#active++
    try {
      await serve()
    } catch (error) {
      this.#deps.fault(
        error instanceof RelayClientError
          ? error
          : new RelayClientError('RELAY_PROTOCOL', 'A request could not be answered.', {
              cause: error,
            }),
      )
    } finally {
      this.#active--
      if (this.#active === 0) this.#events.emit('idle')
    }
  }

  /** Writes the request's head to the server. `bodyBytes` is Infinity when the length is not known. */
  #begin(request: WholeRequest, bodyBytes: number | undefined) {
    const { near, far } = socketPair({
      remoteAddress: request.remoteEndpoint?.address,
      remotePort: request.remoteEndpoint?.port,
      encrypted: this.#deps.isSecure,
    })
    this.#deps.server.emit('connection', far)
    return httpRequest({
      createConnection: () => near,
      method: request.method,
      path: request.requestTarget.replace(/[^\x21-\x7e]+/g, encodeURIComponent),
      headers: [...request.requestHeaders.flat(), ...framing(request.method, bodyBytes)],
    })
  }

  async #answer(
    request: WholeRequest,
    inner: ReturnType<typeof httpRequest>,
    opened: RequestRendezvous | undefined,
  ): Promise<void> {
    const response = await responseOf(inner)
    if (!response) return this.#answerFailure(request, opened)
    const collected = opened ? undefined : await collect(response, this.#deps.flushDelayMs)
    if (collected?.isBroken) return this.#answerFailure(request, opened)
    const headers = responseHeaders(response)
    const isEmpty = collected?.isWhole === true && collected.bytes === 0
    const head = {
      requestId: request.id,
      statusCode: response.statusCode ?? 500,
      statusDescription: response.statusMessage ?? null,
      responseHeaders: headers,
      body: !isEmpty && (opened ? mayHaveBody(request.method, response) : true),
    }
    const text = encodeResponse(head)
    if (collected?.isWhole && fitsControlChannel(text, headers)) {
      const body = isEmpty ? undefined : Buffer.concat(collected.chunks)
      if (this.#deps.reply(text, body)) return
    }
    const rendezvous =
      opened ?? new RequestRendezvous((await this.#deps.dial(request.address)).frames)
    rendezvous.onGone(() => inner.destroy())
    rendezvous.sendHead(text)
    try {
      for (const chunk of collected?.chunks ?? []) await rendezvous.sendPart(chunk)
      if (!collected?.isWhole) await sendRest(rendezvous, collected?.rest ?? partsOf(response))
    } catch {
      // The handler broke off, or the sender has gone: the one is told by cutting the connection.
      return rendezvous.destroy()
    }
    rendezvous.finish(head.body)
  }

  /** The handler ended the connection without a whole answer, and nothing was sent yet. */
  #answerFailure(request: WholeRequest, rendezvous: RequestRendezvous | undefined): void {
    const text = plainResponse(request, 500, 'The request handler broke off.')
    if (!rendezvous) return void this.#deps.reply(text)
    rendezvous.sendHead(text)
    rendezvous.finish(false)
  }
}

type Parts = AsyncIterator<Buffer, unknown, undefined>

type Collected = {
  readonly chunks: readonly Buffer[]
  readonly bytes: number
  readonly isWhole: boolean
  readonly isBroken: boolean
  /** What comes behind `chunks`. */
  readonly rest: Parts
}

/** Reads a response until it ends, outgrows the control channel, or takes too long. */
async function collect(response: IncomingMessage, flushDelayMs: number): Promise<Collected> {
  const parts = partsOf(response)
  const chunks: Buffer[] = []
  let bytes = 0
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), flushDelayMs)
  })
  let pending = parts.next()
  pending.catch(() => {})
  const result = (isWhole: boolean, isBroken = false) => ({
    chunks,
    bytes,
    isWhole,
    isBroken,
    rest: startingWith(pending, parts),
  })
  try {
    while (bytes <= MAX_CONTROL_MESSAGE_BYTES) {
      const next = await Promise.race([pending, late])
      if (next === undefined) break
      if (next.done) return result(true)
      chunks.push(next.value)
      bytes += next.value.length
      pending = parts.next()
      pending.catch(() => {})
    }
    return result(false)
  } catch {
    return result(false, true)
  } finally {
    clearTimeout(timer)
  }
}

async function sendRest(rendezvous: RequestRendezvous, parts: Parts): Promise<void> {
  for (;;) {
    const { done, value } = await parts.next()
    if (done) return
    if (rendezvous.isGone) throw new RelayClientError('RELAY_CONNECTION_LOST', 'The sender left.')
    await rendezvous.sendPart(value)
  }
}

function partsOf(response: IncomingMessage): Parts {
  return response[Symbol.asyncIterator]() as Parts
}

/** An iterator whose first step has been asked for already. */
function startingWith(first: Promise<IteratorResult<Buffer, unknown>>, rest: Parts): Parts {
  let isFirst = true
  return {
    next() {
      if (!isFirst) return rest.next()
      isFirst = false
      return first
    },
  }
}

/** The framing that the relay took off. Without it node:http would write an empty chunked body for some methods. */
function framing(method: string, bodyBytes: number | undefined): readonly string[] {
  if (bodyBytes === Infinity) return ['Transfer-Encoding', 'chunked']
  if (bodyBytes === undefined && BODILESS_METHODS.has(method.toUpperCase())) return []
  return ['Content-Length', String(bodyBytes ?? 0)]
}

/** The response, or undefined when the handler ended the connection without one. */
function responseOf(inner: ReturnType<typeof httpRequest>): Promise<IncomingMessage | undefined> {
  return new Promise((resolve) => {
    inner.once('response', resolve)
    // Errors behind the head show in the response itself.
    inner.on('error', () => resolve(undefined))
    inner.once('close', () => resolve(undefined))
  })
}

function responseHeaders(response: IncomingMessage): HeaderList {
  return headerList(response.rawHeaders).filter(([name]) => !HOP_HEADERS.has(name.toLowerCase()))
}

function mayHaveBody(method: string, response: IncomingMessage): boolean {
  const { statusCode } = response
  return method !== 'HEAD' && statusCode !== 204 && statusCode !== 304
}

function fitsControlChannel(text: string, headers: HeaderList): boolean {
  return (
    headerBytes(headers) <= MAX_CONTROL_HEADER_BYTES &&
    Buffer.byteLength(text) <= MAX_CONTROL_MESSAGE_BYTES
  )
}

function plainResponse({ id }: WholeRequest, statusCode: number, reason: string): string {
  return encodeResponse({
    requestId: id,
    statusCode,
    statusDescription: `${reason} TrackingId:${id}`,
    responseHeaders: [],
    body: false,
  })
}
