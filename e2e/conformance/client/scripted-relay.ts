import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type Server, type Socket, createServer } from 'node:net'
import { TLSSocket, createSecureContext } from 'node:tls'
import { formatConnectionString } from '../../../protocol/connection-string.ts'
import {
  type ServerCertificate,
  openServerCertificate,
} from '../../../server/tls/server-certificate.ts'
import type { Scope } from '../scope.ts'
import { Waiters } from '../wait.ts'
import { Peer } from '../wire/peer.ts'
import { Arrival, type ArrivalKind } from './arrival.ts'

export const KEY_NAME = 'conformance'
export const ENTITY = 'conformance'

/**
 * A relay that does nothing by itself: it keeps what a client under test sends until a case asks for it, and answers
 * what the case says. One hybrid connection, one rule, TLS and clear text.
 */
export class ScriptedRelay implements AsyncDisposable {
  readonly port: number
  readonly plainPort: number
  /** The rule's key, a fresh one for each run. */
  readonly key = randomBytes(32).toString('base64')
  readonly caPem: string
  readonly caFile: string
  /** Everything that arrived, oldest first. */
  readonly arrivals: Arrival[] = []
  /** What is wrong with connections that never became an arrival. */
  readonly faults: string[] = []
  /** Called for each arrival before any case sees it. */
  onArrival: (arrival: Arrival) => void = () => {}
  readonly #changes = new Waiters()
  readonly #sockets = new Set<Socket>()
  readonly #servers: readonly Server[]
  readonly #certificate: ServerCertificate

  private constructor(
    scope: Scope,
    servers: readonly [Server, Server],
    certificate: ServerCertificate,
  ) {
    this.#servers = servers
    this.#certificate = certificate
    this.caPem = certificate.caPem ?? ''
    this.caFile = certificate.caFile ?? ''
    const [tls, plain] = servers
    const secureContext = createSecureContext(certificate.context)
    tls.on('connection', (tcp: Socket) => {
      const options = { isServer: true, secureContext, ALPNProtocols: ['http/1.1'] }
      const socket = new TLSSocket(tcp, options)
      socket.allowHalfOpen = true
      void this.#serve(scope, socket, tcp)
    })
    plain.on('connection', (tcp: Socket) => void this.#serve(scope, tcp, tcp))
    this.port = portOf(tls)
    this.plainPort = portOf(plain)
  }

  /** Opens both ports on this machine. `scope` is that of the whole run. */
  static async open(scope: Scope): Promise<ScriptedRelay> {
    const certificate = await openServerCertificate({
      dataDir: '',
      inMemory: true,
      hosts: [],
      now: Date.now,
    })
    const servers: [Server, Server] = [
      createServer({ allowHalfOpen: true }),
      createServer({ allowHalfOpen: true }),
    ]
    for (const server of servers) {
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
    }
    return new ScriptedRelay(scope, servers, certificate)
  }

  /** What a client needs to come here. */
  get environment(): Readonly<Record<string, string>> {
    const { port, key, caFile } = this
    const host = `localhost:${port}`
    return {
      RELAY_CONNECTION_STRING: formatConnectionString({
        endpoint: `sb://${host}/`,
        keyName: KEY_NAME,
        key,
        entityPath: ENTITY,
      }),
      RELAY_WEBSOCKET_URL: `wss://${host}/$hc/${ENTITY}`,
      RELAY_HTTP_URL: `https://${host}/${ENTITY}`,
      RELAY_KEY_NAME: KEY_NAME,
      RELAY_KEY: key,
      RELAY_CA_FILE: caFile,
      // For clients that have no setting of their own: Node; OpenSSL (.NET on Linux, Go, Ruby); Python; curl.
      NODE_EXTRA_CA_CERTS: caFile,
      SSL_CERT_FILE: caFile,
      REQUESTS_CA_BUNDLE: caFile,
      CURL_CA_BUNDLE: caFile,
    }
  }

  /** Address of a rendezvous on the port of the listener's own channel. */
  address(arrival: Arrival, path: string, query: string): string {
    const scheme = arrival.isTls ? 'wss' : 'ws'
    return `${scheme}://${arrival.head.headers.get('Host') ?? ''}/$hc/${path}?${query}`
  }

  /** The first unanswered arrival of this kind that `fits`, or the next one to come. */
  next(
    scope: Scope,
    kind: ArrivalKind,
    options: { fits?: (arrival: Arrival) => boolean; patienceMs?: number; what?: string } = {},
  ): Promise<Arrival> {
    const { fits = () => true, what = NAMES[kind], patienceMs } = options
    return this.#changes.until(
      scope,
      what,
      () => this.arrivals.find((one) => one.kind === kind && !one.isAnswered && fits(one)),
      patienceMs === undefined ? {} : { patienceMs },
    )
  }

  /** Looks again at what is awaited with {@link ScriptedRelay.until}. */
  wake(): void {
    this.#changes.wake()
  }

  until<Value>(
    scope: Scope,
    what: string,
    poll: () => Value | undefined,
    patienceMs = scope.patienceMs,
  ): Promise<Value> {
    return this.#changes.until(scope, what, poll, { patienceMs })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers) server.close()
    for (const socket of this.#sockets) socket.destroy()
    this.#certificate.close()
  }

  /** `tcp` is what lies below TLS, or the same socket. */
  async #serve(scope: Scope, socket: Socket, tcp: Socket): Promise<void> {
    this.#sockets.add(tcp)
    tcp.once('close', () => this.#sockets.delete(tcp))
    tcp.setNoDelay(true)
    const peer = new Peer(scope, socket, { tcp, isClient: false })
    try {
      const arrival = new Arrival(await peer.requestHead(), peer, socket !== tcp)
      this.arrivals.push(arrival)
      this.onArrival(arrival)
    } catch (error) {
      this.faults.push((error as Error).message)
      socket.destroy()
    }
    this.#changes.wake()
  }
}

const NAMES: Readonly<Record<ArrivalKind, string>> = {
  listen: "a listener's handshake",
  connect: "a sender's handshake",
  accept: "the listener's connection for a sender",
  request: "the listener's connection for a request",
  http: 'an HTTP request',
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}
