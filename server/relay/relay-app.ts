import http, { type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { readAction } from '../../protocol/addresses.ts'
import { RelayError, httpErrorCode } from '../../protocol/errors.ts'
import { cleanReason } from '../../protocol/reason-phrase.ts'
import { acceptRoute } from './accept-route.ts'
import { answer } from './answer.ts'
import { refuseBrokenRequests } from './broken-request.ts'
import { ConnectRoute } from './connect-route.ts'
import { HttpRoute } from './http-route.ts'
import { ListenRoute } from './listen-route.ts'
import { isManagementCall, managementRoute } from './management-route.ts'
import {
  type RelayCall,
  type RelayDeps,
  describeUnread,
  readCall,
  refusalStatus,
} from './relay-call.ts'
import { UpgradeBridge } from './upgrade-bridge.ts'

export type RelayApp = {
  /** Makes `server` serve the relay. */
  attach(server: Server): void
}

const INTERNAL = 'InternalServerError: The relay failed to serve the request.'

/** What an unexpected fault is told to: one line in the log. */
export type FaultReport = (error: unknown) => void

/** Builds the routes of the relay's own ports: one app, whatever number of servers. */
export async function buildRelayApp(deps: RelayDeps, report: FaultReport): Promise<RelayApp> {
  const app = fastify({
    logger: false,
    exposeHeadRoutes: false,
    // Queries are read where they count, and never decoded as a whole.
    routerOptions: { querystringParser: () => ({}) },
    // The parser's own faults never come here; a URL that cannot be decoded does.
    frameworkErrors: (_error, _request, reply) =>
      refuse(reply, 400, new RelayError('RELAY_TARGET_INVALID').message, false),
  })
  const bridge = new UpgradeBridge((request, response) => app.routing(request, response))
  const routes = {
    listen: new ListenRoute(deps, bridge),
    connect: new ConnectRoute(deps, bridge),
    http: new HttpRoute(deps),
  }
  addRoutes(app, async (request, reply) => {
    let call: RelayCall | undefined
    const isUpgrade = bridge.isUpgrade(request.raw)
    reply.hijack()
    try {
      call = readCall(request.raw, deps)
      if (isUpgrade) await serveUpgrade(call, reply, bridge, routes, deps)
      else await serveRequest(call, reply, routes.http, deps)
    } catch (error) {
      const isRefusal = error instanceof RelayError
      if (!isRefusal) report(error)
      const status = isRefusal ? refusalStatus(error, deps.limits()) : 500
      const text = isRefusal ? error.message : INTERNAL
      refuse(
        reply,
        status,
        call ? call.describe(text) : describeUnread(request.raw, deps.now(), text),
        isUpgrade,
      )
    }
  })
  await app.ready()
  return {
    attach: (server) => {
      const route = (request: IncomingMessage, response: ServerResponse) =>
        app.routing(request, response)
      server.on('request', route)
      // The route itself says 100, once it knows that it wants the body.
      server.on('checkContinue', route)
      refuseConnect(server)
      refuseBrokenRequests(server)
      bridge.attach(server)
    },
  }
}

type Routes = {
  readonly listen: ListenRoute
  readonly connect: ConnectRoute
  readonly http: HttpRoute
}

async function serveUpgrade(
  call: RelayCall,
  reply: FastifyReply,
  bridge: UpgradeBridge,
  routes: Routes,
  deps: RelayDeps,
): Promise<void> {
  if (!call.target.isHybridConnection) throw new RelayError('RELAY_ENTITY_UNKNOWN')
  const action = readAction(call.target.query)
  switch (action) {
    case 'listen':
      return routes.listen.handle(call)
    case 'connect':
      return routes.connect.handle(call, reply)
    case 'accept':
    case 'request':
      return acceptRoute(call, reply, bridge, deps)
  }
}

async function serveRequest(
  call: RelayCall,
  reply: FastifyReply,
  route: HttpRoute,
  deps: RelayDeps,
): Promise<void> {
  if (isManagementCall(call)) return managementRoute(call, reply, deps)
  if (call.target.isHybridConnection) throw new RelayError('RELAY_TARGET_INVALID')
  if (call.target.path === '') {
    return answer(reply, { status: 200, reason: 'OK', body: 'relay-emulator\n' })
  }
  return route.handle(call, reply)
}

/** One handler for every method and path: the target says what it is, not the router. */
function addRoutes(
  app: FastifyInstance,
  handler: (request: FastifyRequest, reply: FastifyReply) => Promise<void>,
): void {
  // CONNECT never comes here: Node hands it out as an event of its own.
  for (const method of http.METHODS) {
    const isNew = method !== 'CONNECT' && !app.supportedMethods.includes(method)
    if (isNew) app.addHttpMethod(method, { hasBody: true })
  }
  // Before any content type is looked at: bodies are relayed as they are, whatever they claim to be.
  app.addHook('onRequest', handler)
  app.all('/*', () => {})
}

/** A handshake's refusal is its reason phrase; an HTTP request's is JSON besides. Source: relay-protocol 3.2, 5.10. */
function refuse(reply: FastifyReply, status: number, reason: string, isUpgrade: boolean): void {
  if (reply.raw.headersSent || reply.raw.destroyed) return
  const message = cleanReason(reason)
  if (isUpgrade) return answer(reply, { status, reason: message })
  answer(reply, {
    status,
    reason: message,
    body: JSON.stringify({ error: { code: httpErrorCode(status), message } }),
    contentType: 'application/json; charset=utf-8',
  })
}

/** Node would cut the connection in silence. */
function refuseConnect(server: Server): void {
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    socket.on('error', () => {})
    socket.end(
      'HTTP/1.1 405 CONNECT is not relayed\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
    )
  })
}
