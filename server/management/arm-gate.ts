import type { FastifyRequest } from 'fastify'
import { EntraTokenError, type EntraVerifier } from '../auth/entra-verifier.ts'
import type { Principal } from '../auth/principal.ts'
import { originOf } from '../entra/entra-routes.ts'
import { ArmError } from './arm-error.ts'

/** Audiences of tokens for the management plane, without a slash at the end. Source: management-plane 2.3. */
export const ARM_AUDIENCES: readonly string[] = [
  'https://management.azure.com',
  'https://management.core.windows.net',
]

/**
 * Verifies the bearer token of a call; the emulator's own origin is an audience besides `audiences`. Throws 401 with the header that clients read.
 * Source: management-plane 3.1.
 */
export async function authenticate(
  request: FastifyRequest,
  deps: { readonly verifier: EntraVerifier; readonly tenantId: string },
  audiences: readonly string[],
): Promise<Principal> {
  const origin = originOf(request)
  const [, token] = /^bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? []
  if (token === undefined) {
    throw unauthorized(
      origin,
      deps.tenantId,
      'AuthenticationFailed',
      request.headers.authorization === undefined
        ? "Authentication failed. The 'Authorization' header is missing."
        : "Authentication failed. The 'Authorization' header is not a bearer token.",
    )
  }
  try {
    return await deps.verifier.verify(token, [...audiences, origin.toLowerCase()])
  } catch (error) {
    if (!(error instanceof EntraTokenError)) throw error
    throw unauthorized(origin, deps.tenantId, CODES[error.fault], error.message)
  }
}

const CODES = {
  malformed: 'InvalidAuthenticationToken',
  signature: 'InvalidAuthenticationToken',
  expired: 'ExpiredAuthenticationToken',
  notYetValid: 'InvalidAuthenticationToken',
  issuer: 'InvalidAuthenticationToken',
  tenant: 'InvalidAuthenticationTokenTenant',
  audience: 'InvalidAuthenticationTokenAudience',
} as const

function unauthorized(origin: string, tenantId: string, code: string, message: string): ArmError {
  const challenge = `Bearer authorization_uri="${origin}/${tenantId}", error="invalid_token", error_description="${message.replaceAll('"', "'")}"`
  return new ArmError(401, code, message, { headers: { 'WWW-Authenticate': challenge } })
}

/**
 * The version a call asks for; its name is compared without case. Any date is taken, so that no client is refused
 * for its age. Source: management-plane 3.1.
 */
export function apiVersionOf(query: URLSearchParams): string {
  const value = [...query].find(([name]) => name.toLowerCase() === 'api-version')?.[1]
  if (!value) {
    throw new ArmError(
      400,
      'MissingApiVersionParameter',
      'The api-version query parameter (?api-version=) is required for all requests.',
    )
  }
  if (/^\d{4}-\d{2}-\d{2}(-[a-z]+(\.\d+)?)?$/i.test(value)) return value
  throw new ArmError(
    400,
    'InvalidApiVersionParameter',
    `The api-version '${value.slice(0, 50)}' is invalid. It must be a date like 2021-11-01, with or without -preview behind it.`,
  )
}
