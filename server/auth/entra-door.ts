import type { Claim, HybridConnection, Namespace } from '../../protocol/entity.ts'
import { RelayError } from '../../protocol/errors.ts'
import { bareToken } from '../../protocol/sas.ts'
import { hybridConnectionId, namespaceId } from '../namespace/arm-ids.ts'
import { EntraTokenError, type EntraVerifier } from './entra-verifier.ts'
import type { Grant } from './grant.ts'
import type { Principal } from './principal.ts'
import { type RoleAssignment, isAllowed } from './roles.ts'

/** What a caller with a token of Entra ID wants. */
export type EntraCall = {
  readonly namespace: Namespace
  readonly hybridConnection: HybridConnection | undefined
  /** Null when any right will do. */
  readonly claim: Claim | null
}

/** The relay's door for tokens of Entra ID. Source: relay-protocol 2.6. */
export interface EntraDoor {
  /** Rejects with the RelayError of relay-protocol 2.8. */
  authorize(call: EntraCall, token: string): Promise<Grant>
}

/** Audiences of tokens for the relay, without a slash at the end. Source: relay-protocol 2.6. */
const AUDIENCES = ['https://relay.azure.net', 'https://servicebus.azure.net']

/** Actions that the patterns of the built-in roles match. Source: management-plane 6.1. */
const ACTIONS: Readonly<Record<Claim, string>> = {
  Listen: 'Microsoft.Relay/namespaces/messages/listen/action',
  Send: 'Microsoft.Relay/namespaces/messages/send/action',
  Manage: 'Microsoft.Relay/namespaces/messages/manage/action',
}

/** Lets in whom a role allows it, at the hybrid connection or above. */
export function entraDoor(deps: {
  readonly verifier: EntraVerifier
  readonly assignments: () => readonly RoleAssignment[]
  readonly subscriptionId: () => string
}): EntraDoor {
  const { verifier, assignments, subscriptionId } = deps
  return {
    async authorize({ namespace, hybridConnection, claim }, token) {
      const principal = await verify(verifier, bareToken(token))
      const id = subscriptionId()
      const scope = hybridConnection
        ? hybridConnectionId(id, namespace, hybridConnection.name)
        : namespaceId(id, namespace)
      const wanted = claim === null ? Object.values(ACTIONS) : [ACTIONS[claim]]
      const question = {
        assignments: assignments(),
        principal,
        scope,
        plane: 'dataActions',
      } as const
      if (!wanted.some((action) => isAllowed({ ...question, action }))) {
        throw new RelayError(
          'RELAY_CLAIM_MISSING',
          `Authorization failed for specified action: ${claim ?? 'Manage'}.`,
        )
      }
      return { rule: principal.label, expiresAtMs: principal.expiresAtMs }
    },
  }
}

async function verify(verifier: EntraVerifier, token: string): Promise<Principal> {
  try {
    return await verifier.verify(token, AUDIENCES)
  } catch (error) {
    if (error instanceof EntraTokenError) throw asRelayError(error)
    throw error
  }
}

function asRelayError({ fault, message }: EntraTokenError): RelayError {
  switch (fault) {
    case 'malformed':
      return new RelayError('RELAY_TOKEN_MALFORMED', `MalformedToken: ${message}`)
    case 'expired':
      return new RelayError('RELAY_TOKEN_EXPIRED')
    case 'audience':
      return new RelayError('RELAY_TOKEN_AUDIENCE')
    case 'signature':
      return new RelayError('RELAY_TOKEN_INVALID')
    case 'notYetValid':
      return new RelayError('RELAY_TOKEN_INVALID', `InvalidToken: ${message}`)
    case 'issuer':
    case 'tenant':
      return new RelayError('RELAY_TOKEN_INVALID', `InvalidIssuer: ${message}`)
  }
}
