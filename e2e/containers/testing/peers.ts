import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { createRequire } from 'node:module'
import type { Test } from 'tap'
import WebSocket from 'ws'
import { parseConnectionString } from '../../../protocol/connection-string.ts'
import { mintSasToken } from '../../../protocol/sas.ts'
import type { RelayFixture } from '../../../server/index.ts'

// Peers that know nothing of this project's client and leave TLS to Node's defaults.

/** A listener that echoes messages and answers requests. */
export type EchoListener = {
  readonly socket: WebSocket
  /** Code and reason of the Close of its control channel. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
}

/** Opens a control channel that ends with the test. `leaves` false: it never answers a Close. */
export async function listen(
  t: Test,
  relay: RelayFixture,
  hybridConnection: string,
  { rule = 'defaultListener' }: { readonly rule?: string } = {},
): Promise<EchoListener> {
  const socket = dial(relay, hybridConnection, 'listen', rule)
  t.teardown(() => socket.terminate())
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.once('close', (code: number, reason: Buffer) =>
      resolve({ code, reason: reason.toString() }),
    ),
  )
  socket.on('message', (data: Buffer) => {
    const { accept, request } = JSON.parse(data.toString()) as ControlMessage
    if (accept) {
      const rendezvous = new WebSocket(accept.address)
      rendezvous.on('error', () => {})
      rendezvous.on('message', (message, isBinary) =>
        rendezvous.send(message, { binary: isBinary }),
      )
    }
    if (request) {
      const response = {
        requestId: request.id,
        statusCode: '200',
        statusDescription: request.method,
      }
      socket.send(JSON.stringify({ response: { ...response, responseHeaders: {}, body: false } }))
    }
  })
  await once(socket, 'open')
  return { socket, closed }
}

type ControlMessage = {
  readonly accept?: { readonly address: string }
  readonly request?: { readonly id: string; readonly method: string }
}

/** Sends one message and resolves with what comes back; rejects with a `Refused`. */
export async function send(
  relay: RelayFixture,
  hybridConnection: string,
  message: string,
  { rule = 'defaultSender' }: { readonly rule?: string } = {},
): Promise<string> {
  const socket = dial(relay, hybridConnection, 'connect', rule)
  try {
    socket.on('open', () => socket.send(message))
    const [data] = (await once(socket, 'message')) as [Buffer]
    return data.toString()
  } finally {
    socket.on('error', () => {})
    socket.close(1000)
  }
}

/** What became of a sender that was not let in. */
class Refused extends Error {
  override readonly name = 'Refused'
  readonly status: number
  constructor({ statusCode, statusMessage }: IncomingMessage) {
    super(statusMessage)
    this.status = statusCode ?? 0
  }
}

/** An HTTP request with a token of the hybrid connection's own rule. */
export function request(relay: RelayFixture, hybridConnection: string): Promise<Response> {
  return fetch(`${httpsUrl(relay)}/${hybridConnection}`, {
    headers: { ServiceBusAuthorization: tokenOf(relay, hybridConnection, 'defaultSender') },
  })
}

export function httpsUrl(relay: RelayFixture): string {
  return relay.getEndpoint().replace(/^sb:/, 'https:').replace(/\/$/, '')
}

function dial(
  relay: RelayFixture,
  hybridConnection: string,
  action: 'listen' | 'connect',
  rule: string,
): WebSocket {
  const socket = new WebSocket(addressOf(relay, hybridConnection, action), {
    headers: { ServiceBusAuthorization: tokenOf(relay, hybridConnection, rule) },
  })
  socket.on('unexpected-response', (_request, response) => {
    response.resume()
    socket.emit('error', new Refused(response))
  })
  return socket
}

function addressOf(relay: RelayFixture, hybridConnection: string, action: string): string {
  return `${relay.getEndpoint().replace(/^sb:/, 'wss:')}$hc/${hybridConnection}?sb-hc-action=${action}`
}

/** Made from the connection string, as any client would. */
function tokenOf(relay: RelayFixture, hybridConnection: string, rule: string): string {
  const text = relay.getConnectionString({ hybridConnection, rule })
  const { host, entityPath, sharedAccessKeyName, sharedAccessKey } = parseConnectionString(text)
  return mintSasToken({
    resource: `http://${host}/${entityPath}`,
    keyName: sharedAccessKeyName ?? '',
    key: sharedAccessKey ?? '',
    expirySeconds: Math.floor(Date.now() / 1000) + 3600,
  })
}

/** As much of hyco-ws as is used here; it has no types. */
type HycoWs = {
  createRelayToken(uri: string, keyName: string, key: string): string
  createRelayedServer(
    options: { readonly server: string; readonly token: () => string },
    handler: (socket: HycoSocket) => void,
  ): NodeJS.EventEmitter & { close(): void }
  relayedConnect(uri: string, token: string, handler: () => void): HycoSocket
}
type HycoSocket = {
  send(data: string): void
  close(code?: number): void
  onmessage: (event: { readonly data: string }) => void
  onerror: (error: Error) => void
}

/** Microsoft's client in this process: an echo listener and one message to it. Resolves with what comes back. */
export async function echoThroughHycoWs(
  t: Test,
  relay: RelayFixture,
  hybridConnection: string,
  message: string,
): Promise<string> {
  const hyco = createRequire(import.meta.url)('hyco-ws') as HycoWs
  const rule = (name: string) =>
    parseConnectionString(relay.getConnectionString({ hybridConnection, rule: name }))
  const token = (uri: string, name: string) =>
    hyco.createRelayToken(uri, name, rule(name).sharedAccessKey ?? '')
  const listenUri = addressOf(relay, hybridConnection, 'listen')
  const listener = hyco.createRelayedServer(
    { server: listenUri, token: () => token(listenUri, 'defaultListener') },
    (socket) => {
      socket.onmessage = ({ data }) => socket.send(data)
    },
  )
  t.teardown(() => listener.close())
  await relay.waitForListeners(hybridConnection, 1)
  const sendUri = addressOf(relay, hybridConnection, 'connect')
  return new Promise((resolve, reject) => {
    const socket = hyco.relayedConnect(sendUri, token(sendUri, 'defaultSender'), () =>
      socket.send(message),
    )
    socket.onmessage = ({ data }) => {
      resolve(data)
      socket.close(1000)
    }
    socket.onerror = reject
  })
}
