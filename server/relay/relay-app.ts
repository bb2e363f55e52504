import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { readAction } from '../../protocol/addresses.ts'
import { RelayError, httpErrorCode } from '../../protocol/errors.ts'
import { cleanReason } from '../../protocol/reason-phrase.ts'
import { acceptRoute } from './accept-route.ts'
import { type Reply, answer } from './answer.ts'
import { refuseBrokenRequests } from './broken-request.ts'
import { ConnectRoute } from './connect-route.ts'
import { HttpRoute } from './http-route.ts'
import { ListenRoute } from './listen-route.ts'
import { checkAddress } from './ip-rules.ts'
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

/** Builds the routes of the relay's own ports, whatever number of servers. */
export function buildRelayApp(deps: RelayDeps, report: FaultReport): RelayApp {
  const bridge = new UpgradeBridge((request) => {
    const reply = bridge.replyTo(request)
    routes.http.handOver(request.socket)
    void serve(request, {
      route: (call) => serveUpgrade(call, reply, bridge, routes, deps),
      refuse: (status, reason) => {
        // A handshake's refusal is its reason phrase. Source: relay-protocol 3.2.
        if (bridge.isUpgrade(request)) answer(reply, { status, reason })
      },
    })
  })
  const routes = {
    listen: new ListenRoute(deps, bridge),
    connect: new ConnectRoute(deps, bridge),
    http: new HttpRoute(deps),
  }
  const serve = async (request: IncomingMessage, { route, refuse }: Service): Promise<void> => {
    let call: RelayCall | undefined
    try {
      call = readCall(request, deps)
      checkAddress(call, deps.hits)
      await route(call)
    } catch (error) {
      const isRefusal = error instanceof RelayError
      if (!isRefusal) report(error)
      const status = isRefusal ? refusalStatus(error, deps.limits()) : 500
      const text = isRefusal ? error.message : INTERNAL
      const reason = call ? call.describe(text) : describeUnread(request, deps.now(), text)
      refuse(status, cleanReason(reason))
    }
  }
  return {
    attach: (server) => {
      const onRequest = (request: IncomingMessage, response: ServerResponse) => {
        const reply = { response }
        void serve(request, {
          route: (call) => serveRequest(call, reply, routes.http, deps),
          refuse: (status, reason) => refuseRequest(reply, status, reason),
        })
      }
      server.on('request', onRequest)
      // The route itself says 100, once it knows that it wants the body.
      server.on('checkContinue', onRequest)
      refuseConnect(server)
      refuseBrokenRequests(server)
      bridge.attach(server)
    },
  }
}

/** What is done with a call, and with its caller when that fails. */
type Service = {
  readonly route: (call: RelayCall) => Promise<void> | void
  readonly refuse: (status: number, reason: string) => void
}

type Routes = {
  readonly listen: ListenRoute
  readonly connect: ConnectRoute
  readonly http: HttpRoute
}

function serveUpgrade(
  call: RelayCall,
  reply: Reply,
  bridge: UpgradeBridge,
  routes: Routes,
  deps: RelayDeps,
): Promise<void> | void {
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

function serveRequest(
  call: RelayCall,
  reply: Reply,
  route: HttpRoute,
  deps: RelayDeps,
): Promise<void> | void {
  if (isManagementCall(call)) return managementRoute(call, reply, deps)
  if (call.target.isHybridConnection) throw new RelayError('RELAY_TARGET_INVALID')
  if (call.target.path === '') {
    return answer(reply, { status: 200, reason: 'OK', body: 'relay-emulator\n' })
  }
  return route.handle(call, reply)
}

/** An HTTP request's refusal is JSON besides. Source: relay-protocol 5.10. */
function refuseRequest(reply: Reply, status: number, message: string): void {
  if (reply.response.headersSent || reply.response.destroyed) return
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
