import { randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Directory } from './directory.ts'
import {
  adfsDocument,
  idTokenIssuer,
  instanceDocument,
  openIdDocument,
  userRealm,
} from './discovery.ts'
import { EntraError } from './entra-error.ts'
import { formOf } from './form.ts'
import { answerTokenRequest, audienceOf } from './grants.ts'
import type { SigningKeys } from './signing-key.ts'
import { DEVICE_CODE_SECONDS, type TokenIssuer } from './token-issuer.ts'

/** What the token service works with. */
export type EntraDeps = {
  readonly directory: Directory
  readonly keys: SigningKeys
  readonly tokens: TokenIssuer
  /** Unix time in ms. */
  readonly now: () => number
}

type TenantParams = { readonly tenant: string }

/** `https://HOST` as the client wrote it: every absolute URL is built from it. Source: management-plane 1.7. */
export function originOf(request: FastifyRequest): string {
  return `https://${request.headers.host ?? 'localhost'}`
}

/** Entra ID: discovery, keys, tokens and device codes, in both styles of authority. Needs no token. */
export function entraRoutes(app: FastifyInstance, deps: EntraDeps): void {
  app.setErrorHandler((error, _request, reply) => sendFault(error, reply, deps.now()))
  const adfs = (request: FastifyRequest) => adfsDocument(originOf(request))
  app.get('/adfs/.well-known/openid-configuration', adfs)
  // az asks for it when it is given --tenant adfs.
  app.get('/adfs/adfs/.well-known/openid-configuration', adfs)
  app.get<{ Params: TenantParams }>('/:tenant/.well-known/openid-configuration', (request) =>
    documentOf(request, deps),
  )
  app.get<{ Params: TenantParams }>('/:tenant/v2.0/.well-known/openid-configuration', (request) =>
    documentOf(request, deps),
  )
  for (const path of ['/:tenant/discovery/keys', '/:tenant/discovery/v2.0/keys']) {
    app.get(path, async () => ({ keys: [(await deps.keys.current()).publicJwk] }))
  }
  app.get('/common/discovery/instance', (request) =>
    instanceDocument(originOf(request), deps.directory.identity.tenantId),
  )
  app.get<{ Params: { upn: string } }>('/common/userrealm/:upn', ({ params }) =>
    userRealm(params.upn),
  )
  for (const base of ['/:tenant/oauth2', '/:tenant/oauth2/v2.0']) {
    app.post<{ Params: TenantParams }>(`${base}/token`, (request, reply) => {
      void reply.header('cache-control', 'no-store').header('pragma', 'no-cache')
      return answerTokenRequest(
        {
          form: formOf(request.body),
          tenant: request.params.tenant,
          issuer: idTokenIssuer(originOf(request), request.params.tenant),
          authorization: request.headers.authorization,
        },
        deps,
      )
    })
    app.post<{ Params: TenantParams }>(`${base}/devicecode`, (request) =>
      startDeviceCode(request, deps),
    )
    app.get(`${base}/authorize`, (_request, reply) =>
      reply.code(501).type('text/plain; charset=utf-8').send(NO_BROWSER_LOGIN),
    )
  }
  app.get('/devicelogin', (_request, reply) =>
    reply.type('text/plain; charset=utf-8').send('The emulator approves device codes by itself.\n'),
  )
}

const NO_BROWSER_LOGIN = `Signing in with a browser is not emulated. Use one of:
  az login --service-principal -u CLIENT-ID -p SECRET --tenant TENANT
  az login --use-device-code --tenant TENANT
  az login -u USER -p PASSWORD --tenant TENANT
`

function documentOf(
  request: FastifyRequest<{ Params: TenantParams }>,
  { directory }: EntraDeps,
): object {
  directory.checkTenant(request.params.tenant)
  return openIdDocument(originOf(request), request.params.tenant)
}

/** The emulator approves at once, for the first user. Source: management-plane 2.2. */
async function startDeviceCode(
  request: FastifyRequest<{ Params: TenantParams }>,
  { directory, tokens }: EntraDeps,
): Promise<object> {
  directory.checkTenant(request.params.tenant)
  const form = formOf(request.body)
  const clientId = form.get('client_id') ?? ''
  directory.checkClient(clientId)
  const { objectId } = directory.firstUser()
  const userCode = randomUUID().slice(0, 8).toUpperCase()
  const address = `${originOf(request)}/devicelogin`
  return {
    user_code: userCode,
    device_code: await tokens.grant('device', { objectId, clientId, audience: audienceOf(form) }),
    verification_uri: address,
    expires_in: DEVICE_CODE_SECONDS,
    interval: 1,
    message: `To sign in, nothing need be done: the emulator approves by itself. (Azure would ask for the code ${userCode} at ${address}.)`,
  }
}

function sendFault(error: unknown, reply: FastifyReply, nowMs: number): FastifyReply {
  if (!(error instanceof EntraError)) throw error
  return reply.code(error.status).send(error.body(randomUUID(), nowMs))
}
