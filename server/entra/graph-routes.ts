import type { FastifyInstance, FastifyRequest } from 'fastify'
import { isObject, parseJson } from '../../protocol/json.ts'
import type { IdentityPrincipal } from '../auth/identity.ts'
import type { Principal } from '../auth/principal.ts'
import type { Directory } from './directory.ts'

/** As much of Microsoft Graph as `az role assignment` asks. Source: management-plane 6.2. */
export function graphRoutes(
  app: FastifyInstance,
  deps: {
    readonly directory: Directory
    /** Throws unless the request carries a token for Graph. */
    readonly demandToken: (request: FastifyRequest) => Promise<{ readonly principal: Principal }>
  },
): void {
  const { directory, demandToken } = deps

  app.post('/v1.0/directoryObjects/getByIds', async (request) => {
    await demandToken(request)
    const ids = idsOf(request.body)
    return { value: ids.flatMap((id) => shown(directory.byObjectId(id))) }
  })

  app.get('/v1.0/servicePrincipals', async (request) => {
    await demandToken(request)
    const wanted = quotedIn(request)
    const found = directory.identity.principals.filter(
      ({ kind, clientId, name, objectId }) =>
        kind !== 'user' &&
        (wanted === undefined || [clientId, name, objectId].some((id) => isSame(id, wanted))),
    )
    return { value: found.flatMap(shown) }
  })

  app.get('/v1.0/users', async (request) => {
    await demandToken(request)
    const wanted = quotedIn(request)
    const found = directory.identity.principals.filter(
      ({ kind, name }) => kind === 'user' && (wanted === undefined || isSame(name, wanted)),
    )
    return { value: found.flatMap(shown) }
  })

  app.get('/v1.0/me', async (request, reply) => {
    const { principal } = await demandToken(request)
    const [me] = shown(directory.byObjectId(principal.oid))
    return me ?? reply.code(404).send({ error: { code: 'Request_ResourceNotFound', message: '' } })
  })
}

/** The one literal of a `$filter`, e.g. of `servicePrincipalNames/any(c:c eq '...')`. */
function quotedIn(request: FastifyRequest): string | undefined {
  const query = new URLSearchParams(request.raw.url?.split('?')[1] ?? '')
  return /'([^']*)'/.exec(query.get('$filter') ?? '')?.[1]
}

function idsOf(body: unknown): readonly string[] {
  const parsed = typeof body === 'string' && body !== '' ? parseJson(body) : undefined
  const ids = isObject(parsed) ? parsed['ids'] : undefined
  return Array.isArray(ids) ? ids.map(String) : []
}

function shown(principal: IdentityPrincipal | undefined): object[] {
  if (!principal) return []
  const { kind, objectId, name, clientId } = principal
  if (kind === 'user') {
    return [
      {
        '@odata.type': '#microsoft.graph.user',
        id: objectId,
        displayName: name,
        userPrincipalName: name,
      },
    ]
  }
  return [
    {
      '@odata.type': '#microsoft.graph.servicePrincipal',
      id: objectId,
      displayName: name,
      appId: clientId,
      servicePrincipalNames: [clientId],
      servicePrincipalType: kind === 'managedIdentity' ? 'ManagedIdentity' : 'Application',
    },
  ]
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}
