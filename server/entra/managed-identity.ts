import type { IncomingHttpHeaders } from 'node:http'
import type { IdentityPrincipal } from '../auth/identity.ts'
import { isSameSecret } from '../../protocol/secret.ts'
import type { Directory } from './directory.ts'
import { ACCESS_TOKEN_SECONDS, type TokenIssuer } from './token-issuer.ts'

/** A request to one of the managed identity endpoints; parameters of query and form together. */
export type ManagedIdentityRequest = {
  readonly form: 'imds' | 'appService'
  readonly parameters: URLSearchParams
  readonly headers: IncomingHttpHeaders
}

export type ManagedIdentityAnswer = { readonly status: number; readonly body: object }

/** Answers with a token of the identity asked for. Source: management-plane 2.4. */
export async function answerManagedIdentity(
  request: ManagedIdentityRequest,
  deps: { readonly directory: Directory; readonly tokens: TokenIssuer },
): Promise<ManagedIdentityAnswer> {
  const { parameters } = request
  const refusal = refusalOf(request, deps.directory.identity.identityHeader)
  if (refusal) return refusal
  const resource = parameters.get('resource')
  if (!resource) return fault(400, 'Required query variable resource is missing')
  const principal = deps.directory.managedIdentity({
    clientId: parameters.get('client_id') ?? parameters.get('clientid') ?? undefined,
    objectId: parameters.get('object_id') ?? parameters.get('principal_id') ?? undefined,
    resourceId: parameters.get('msi_res_id') ?? parameters.get('mi_res_id') ?? undefined,
  })
  if (!principal) return fault(400, 'Identity not found')
  return { status: 200, body: await tokenBody(principal, resource, deps) }
}

/** The secret header of App Service, or the header that no web page can send to the others. */
function refusalOf(
  { form, headers }: ManagedIdentityRequest,
  identityHeader: string,
): ManagedIdentityAnswer | undefined {
  const secret = headers['x-identity-header'] ?? headers['secret']
  if (form === 'appService' && secret !== undefined) {
    if (isSameSecret(identityHeader, String(secret))) return undefined
    return fault(401, 'The identity header is wrong; it is identity.identityHeader')
  }
  if (String(headers['metadata']).toLowerCase() === 'true') return undefined
  return fault(400, 'Required metadata header not specified')
}

async function tokenBody(
  principal: IdentityPrincipal,
  resource: string,
  { directory, tokens }: { readonly directory: Directory; readonly tokens: TokenIssuer },
): Promise<object> {
  const { clientId } = principal
  const { identity } = directory
  const now = tokens.nowSeconds
  return {
    access_token: await tokens.accessToken({ identity, principal, clientId, audience: resource }),
    client_id: clientId,
    expires_in: String(ACCESS_TOKEN_SECONDS),
    expires_on: String(now + ACCESS_TOKEN_SECONDS),
    ext_expires_in: String(ACCESS_TOKEN_SECONDS),
    not_before: String(now),
    resource,
    token_type: 'Bearer',
  }
}

function fault(status: number, description: string): ManagedIdentityAnswer {
  return { status, body: { error: 'invalid_request', error_description: description } }
}
