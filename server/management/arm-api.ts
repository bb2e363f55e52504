import { randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { originOf } from '../entra/entra-routes.ts'
import { readArmBody, readDeploymentBody } from './arm-body.ts'
import type { ArmDeps } from './arm-deps.ts'
import { ARM_AUDIENCES, apiVersionOf, authenticate } from './arm-gate.ts'
import type { ArmRouter } from './arm-router.ts'
import type { ArmAnswer, ArmBody, ArmCall } from './resource-type.ts'

/** The parameters that an address names: `{ group: string }` for `/resourceGroups/:group`. */
type ParamsOf<Url extends string> = Url extends `${string}/:${infer Name}/${infer Rest}`
  ? Readonly<Record<Name, string>> & ParamsOf<`/${Rest}`>
  : Url extends `${string}/:${infer Name}`
    ? Readonly<Record<Name, string>>
    : object
type Handler<Url extends string> = (
  call: ArmCall,
  params: ParamsOf<Url>,
  body: ArmBody,
) => ArmAnswer | Promise<ArmAnswer>
type Method = 'GET' | 'HEAD' | 'PUT' | 'PATCH' | 'POST' | 'DELETE'

/** Bodies that the Azure CLI sends as it likes (management-plane 0.1). */
const DEPLOYMENTS = /\/microsoft\.resources\/deployments(\/|$)/i

/** Routes of the management plane: each call has a token, a version and our subscription before its handler runs. */
export class ArmApi {
  readonly deps: ArmDeps
  readonly router: ArmRouter

  constructor(deps: ArmDeps) {
    this.deps = deps
    this.router = deps.router
  }

  /** A route with an address of its own; `:group` and the like are in `params`, decoded. */
  route<const Url extends string>(
    app: FastifyInstance,
    method: Method,
    url: Url,
    handler: Handler<Url>,
  ): void {
    app.route({
      method,
      url,
      handler: async (request, reply) => {
        const call = await this.callOf(request)
        // What the router found at the places that the address names.
        const params = request.params as ParamsOf<Url> & { readonly subscription?: string }
        this.router.checkSubscription({ subscriptionId: params.subscription ?? null })
        const body = method === 'GET' || method === 'HEAD' ? {} : bodyOf(request)
        return sendAnswer(reply, await handler(call, params, body))
      },
    })
  }

  get<const Url extends string>(app: FastifyInstance, url: Url, handler: Handler<Url>): void {
    this.route(app, 'GET', url, handler)
  }

  /** Everything that lies in a provider. */
  async serveResource(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const call = await this.callOf(request)
    const answer = await this.router.serve({
      method: request.method,
      path: call.address,
      call,
      body: () => bodyOf(request),
    })
    return sendAnswer(reply, answer)
  }

  /** Verifies token and version. Throws `ArmError`. */
  async callOf(
    request: FastifyRequest,
    audiences: readonly string[] = ARM_AUDIENCES,
  ): Promise<ArmCall> {
    const { verifier, identity } = this.deps
    const { tenantId } = identity()
    const principal = await authenticate(request, { verifier, tenantId }, audiences)
    const { address, query } = addressOf(request)
    return {
      principal,
      apiVersion: audiences === ARM_AUDIENCES ? apiVersionOf(query) : '',
      origin: originOf(request),
      address,
      query,
      remote: remoteOf(request),
    }
  }

  /** Headers of an answer whose work is done already, for clients that ask again. Source: management-plane 3.5. */
  operationHeaders({ origin, apiVersion }: ArmCall): Record<string, string> {
    const { subscriptionId } = this.deps.settings()
    const path = `/subscriptions/${subscriptionId}/operationresults/${randomUUID()}`
    return { Location: `${origin}${path}?api-version=${apiVersion}`, 'Retry-After': '0' }
  }
}

/** Path without query, slashes and what else a client doubled; parameters by name. */
function addressOf(request: FastifyRequest): { address: string; query: URLSearchParams } {
  const target = request.raw.url ?? '/'
  const mark = target.indexOf('?')
  const path = mark < 0 ? target : target.slice(0, mark)
  return {
    address: path.replaceAll(/\/{2,}/g, '/'),
    query: new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1)),
  }
}

function bodyOf(request: FastifyRequest): ArmBody {
  const text = typeof request.body === 'string' ? request.body : ''
  const path = request.raw.url?.split('?', 1)[0] ?? ''
  return DEPLOYMENTS.test(path) ? readDeploymentBody(text) : readArmBody(text)
}

function remoteOf({ ip, socket }: FastifyRequest): string {
  const host = ip.includes(':') ? `[${ip}]` : ip
  return socket.remotePort === undefined ? host : `${host}:${socket.remotePort}`
}

/** Writes an answer; one without body says so. */
function sendAnswer(
  reply: FastifyReply,
  { status = 200, body, text, headers = {} }: ArmAnswer,
): FastifyReply {
  void reply.code(status).headers(headers)
  if (text) return reply.type(text.type).send(text.content)
  if (body !== undefined) return reply.type(JSON_TYPE).send(JSON.stringify(body))
  return reply.header('content-length', '0').send()
}

export const JSON_TYPE = 'application/json; charset=utf-8'
