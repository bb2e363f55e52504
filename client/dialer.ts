import { randomBytes } from 'node:crypto'
import { type Socket, connect as connectPlain } from 'node:net'
import { type SecureContext, connect as connectTls } from 'node:tls'
import type { HeaderList } from '../protocol/headers.ts'
import { MAX_HEADER_BYTES } from '../protocol/limits.ts'
import { dialledHost, serverName } from './dialled-host.ts'
import { RelayClientError, lostError, refusalError, unreachableError } from './errors.ts'
import { FrameMemory } from './frame-memory.ts'
import { FrameSocket } from './frame-socket.ts'
import { agreedProtocol, readResponseHead, upgradeRequest } from './handshake.ts'
import { type Masker, RandomMasker, ZERO_MASKER, loadNativeMask } from './masking.ts'
import { ReadMemory } from './read-memory.ts'
import type { HeldReads } from './reads.ts'
import { RECORD_BYTES, RecordReads } from './record-reads.ts'
import { withoutCertificate } from './tls-session.ts'
import { trustedContext } from './trust.ts'

export type DialOptions = {
  readonly headers?: HeaderList
  readonly protocols?: readonly string[]
  /** Gives up; the promise rejects with its reason. It has no meaning for an open connection. */
  readonly signal?: AbortSignal | undefined
  readonly timeoutMs: number
  /** Who may refuse: `relay` by default. */
  readonly asked?: 'relay' | 'listener'
  /** Reads into memory that is used again and again, which the sink of the frames must not keep. */
  readonly reusesReads?: boolean | undefined
}

/** An open WebSocket. */
export type Dialled = {
  readonly frames: FrameSocket
  /** '' when none was agreed. */
  readonly protocol: string
  readonly headers: HeaderList
}

export type DialerOptions = {
  readonly ca?: string | Buffer | ReadonlyArray<string | Buffer> | undefined
  readonly zeroMask?: boolean | undefined
  /** A clear-text relay is dialled only where the connection string asked for one. */
  readonly isPlainAllowed: boolean
}

/** Sessions are kept for so many hosts: a namespace has some nodes, not hundreds. */
const MAX_SESSIONS = 64

/** Opens WebSockets for one client, which share trust, TLS sessions and masks. */
export class Dialer {
  readonly #options: DialerOptions
  readonly #sessions = new Map<string, Buffer>()
  readonly #memory = new FrameMemory()
  /** Where the reads of tunnels over TLS land. */
  readonly #place = Buffer.allocUnsafeSlow(RECORD_BYTES)
  #context: SecureContext | undefined
  #masker: Promise<Masker> | undefined

  constructor(options: DialerOptions) {
    this.#options = options
  }

  /** Trust of this client, for connections that others open. */
  get secureContext(): SecureContext {
    return (this.#context ??= trustedContext(this.#options.ca))
  }

  /**
   * Opens `address` (`ws:` or `wss:`). Rejects with a RelayClientError: RELAY_UNREACHABLE, RELAY_TLS_UNTRUSTED,
   * RELAY_TIMEOUT, RELAY_PROTOCOL, or what the relay refused with; and with `signal.reason`.
   */
  async dial(address: string, options: DialOptions): Promise<Dialled> {
    const { signal, timeoutMs, headers = [], protocols = [], asked = 'relay' } = options
    signal?.throwIfAborted()
    const { isTls, hostname, port, host, target } = this.#read(address)
    const masker = isTls && this.#options.zeroMask ? ZERO_MASKER : await this.#randomMasker()
    signal?.throwIfAborted()
    const key = randomBytes(16).toString('base64')
    const request = upgradeRequest({ target, host, key, protocols, headers })
    const reads = options.reusesReads ? this.#newReads(isTls) : undefined
    const socket = this.#connect(isTls, { hostname, port, reads })
    const answer = await exchangeHeads(socket, { request, host, isTls, reads, signal, timeoutMs })
    try {
      if (answer.head.status !== 101)
        throw refusalError(answer.head.status, answer.head.reason, asked)
      const protocol = agreedProtocol(answer.head, { key, protocols })
      const tools = { masker, memory: this.#memory }
      const frames = new FrameSocket(socket, answer.rest, tools, reads)
      return { frames, protocol, headers: answer.head.headers }
    } catch (error) {
      socket.destroy()
      throw error
    }
  }

  /** A TCP or TLS connection. */
  #connect(
    isTls: boolean,
    { hostname, port, reads }: { hostname: string; port: number; reads: HeldReads | undefined },
  ): Socket {
    const host = dialledHost(hostname)
    if (!isTls) {
      return connectPlain({ host, port, noDelay: true, ...(reads && { onread: reads.onread }) })
    }
    const place = `${hostname}:${port}`
    const session = this.#sessions.get(place)
    const socket = connectTls({
      host,
      port,
      secureContext: this.secureContext,
      ALPNProtocols: ['http/1.1'],
      servername: serverName(hostname),
      ...(reads && { onread: reads.onread }),
    })
    // Given as the option, it is read twice and kept for as long as the connection; without this there is no resumption.
    const { setSession } = socket as { setSession?: (session: Buffer) => void }
    if (session) setSession?.call(socket, session)
    socket.setNoDelay(true)
    socket.on('session', (fresh) => {
      if (this.#sessions.size >= MAX_SESSIONS) this.#sessions.clear()
      this.#sessions.set(place, withoutCertificate(fresh))
    })
    return socket
  }

  #newReads(isTls: boolean): HeldReads {
    return isTls ? new RecordReads(this.#memory, this.#place) : new ReadMemory()
  }

  #randomMasker(): Promise<Masker> {
    return (this.#masker ??= loadNativeMask().then((native) => new RandomMasker(native)))
  }

  /** Takes an address apart without changing a byte of its path and query. */
  #read(address: string) {
    const parts = /^(wss?):\/\/([^/?#]+)([^#]*)$/i.exec(address)
    const url = parts && URL.canParse(address) ? new URL(address) : undefined
    if (!parts || !url || url.username || /[\s\x00-\x1f\x7f]/.test(address)) {
      throw new RelayClientError('RELAY_PROTOCOL', 'The rendezvous address is malformed.')
    }
    const isTls = url.protocol === 'wss:'
    if (!isTls && !this.#options.isPlainAllowed) {
      throw new RelayClientError('RELAY_PROTOCOL', 'The relay named an address without TLS.')
    }
    return {
      isTls,
      hostname: url.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: Number(url.port || (isTls ? 443 : 80)),
      host: parts[2] ?? '',
      target: (parts[3] || '/').replace(/[^\x21-\x7e]+/g, encodeURIComponent),
    }
  }
}

type HeadExchange = {
  readonly request: string
  readonly host: string
  readonly isTls: boolean
  readonly reads: HeldReads | undefined
  readonly signal: AbortSignal | undefined
  readonly timeoutMs: number
}

/** Writes the request once connected and reads the answer's head; the socket is paused behind it. */
function exchangeHeads(socket: Socket, options: HeadExchange) {
  const { request, host, isTls, reads, signal, timeoutMs } = options
  return new Promise<{ head: ReturnType<typeof readResponseHead>; rest: Buffer }>(
    (resolve, reject) => {
      let received: Buffer = Buffer.alloc(0)
      const settle = (fail?: () => unknown) => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', onAbort)
        socket.off('data', onData).off('end', onEnd).off('error', onError).off('close', onEnd)
        socket.on('error', ignore)
        if (!fail) return socket.pause()
        socket.destroy()
        reject(fail())
        return undefined
      }
      const onAbort = () => settle(() => signal?.reason as unknown)
      const onError = (error: Error) => settle(() => unreachableError(host, error))
      const onEnd = () => settle(() => lostError(`${host} ended the connection without an answer.`))
      const onData = (chunk: Buffer) => {
        received = Buffer.concat([received, chunk])
        const end = received.indexOf('\r\n\r\n')
        if (end === -1) {
          if (received.length > MAX_HEADER_BYTES) {
            settle(() => new RelayClientError('RELAY_PROTOCOL', `${host} sent an endless answer.`))
          }
          return
        }
        try {
          const head = readResponseHead(received.toString('latin1', 0, end))
          settle()
          resolve({ head, rest: received.subarray(end + 4) })
        } catch (error) {
          settle(() => error)
        }
      }
      const timer = setTimeout(
        () =>
          settle(
            () =>
              new RelayClientError(
                'RELAY_TIMEOUT',
                `${host} did not answer within ${timeoutMs} ms.`,
              ),
          ),
        timeoutMs,
      )
      signal?.addEventListener('abort', onAbort, { once: true })
      if (reads) reads.consume = onData
      else socket.on('data', onData)
      socket.on('end', onEnd).on('error', onError).on('close', onEnd)
      socket.once(isTls ? 'secureConnect' : 'connect', () => socket.write(request, 'latin1'))
    },
  )
}

/** A function of its own keeps nothing of a dial alive as long as the connection. */
function ignore(): void {}
