import { readAudience } from '../../protocol/audience.ts'
import type { HybridConnection, Namespace } from '../../protocol/entity.ts'
import { codeWord, RelayError } from '../../protocol/errors.ts'
import { isObject } from '../../protocol/json.ts'
import { bareToken, parseSasToken, tokenKind } from '../../protocol/sas.ts'
import { authorizeToken } from '../auth/authorize.ts'
import type { EntraDoor } from '../auth/entra-door.ts'
import { audienceHosts, resolveNamespace } from '../namespace/host-names.ts'
import type { TokenInspection, TokenVerdict } from './contract.ts'

/** Where the token is tried: all namespaces in the order of the store, and those whose entities get a verdict. */
export type InspectionScope = {
  readonly namespaces: readonly Namespace[]
  readonly asked: readonly Namespace[]
  /** Judges tokens of Entra ID; nobody does without it. */
  readonly entra?: EntraDoor | undefined
}

/**
 * Explains a token: what it says and, for each hybrid connection and action, whether the relay would take it now
 * and which check fails first (the code word of relay-protocol 2.8). Never throws, never repeats the signature.
 */
export async function inspectToken(
  text: string,
  scope: InspectionScope,
  nowMs: number,
): Promise<TokenInspection> {
  const facts = readFacts(text)
  const host = facts.audience === null ? null : hostNamed(facts.audience)
  const verdicts = scope.asked.flatMap((namespace) =>
    namespace.hybridConnections.flatMap((entity) =>
      (['listen', 'send'] as const).map(async (action): Promise<TokenVerdict> => {
        const call = {
          namespace,
          hosts: hostsFor(scope.namespaces, namespace, host),
          entity,
          action,
          entra: scope.entra,
        }
        const code = await refusal(call, text, nowMs)
        const hybridConnection = `${namespace.name}/${entity.name}`
        return { action, hybridConnection, ok: code === null, code }
      }),
    ),
  )
  return { ...facts, verdicts: await Promise.all(verdicts) }
}

type Facts = Omit<TokenInspection, 'verdicts'>
type Call = {
  readonly namespace: Namespace
  readonly hosts: readonly string[]
  readonly entity: HybridConnection
  readonly action: TokenVerdict['action']
  readonly entra: EntraDoor | undefined
}

/** The largest time that a Date can hold, ms. */
const MAX_TIME_MS = 8.64e15

function readFacts(text: string): Facts {
  const kind = tokenKind(text)
  if (kind === 'jwt') return { kind, rule: null, ...jwtFacts(bareToken(text)) }
  const token = attempt(() => parseSasToken(text))
  if (token === undefined) return { kind, audience: null, rule: null, expiresAt: null }
  return {
    kind,
    audience: decoded(token.resource),
    rule: token.keyName,
    expiresAt: timeText(token.expirySeconds),
  }
}

function jwtFacts(token: string): Pick<Facts, 'audience' | 'expiresAt'> {
  const { aud, exp } = jwtClaims(token)
  return {
    audience: typeof aud === 'string' ? aud : null,
    expiresAt: typeof exp === 'number' ? timeText(exp) : null,
  }
}

function jwtClaims(token: string): Readonly<Record<string, unknown>> {
  try {
    const claims: unknown = JSON.parse(
      Buffer.from(token.split('.')[1] ?? '', 'base64url').toString(),
    )
    return isObject(claims) ? claims : {}
  } catch {
    return {}
  }
}

/** The code word of the first check that fails, or null. The missing claim has none; its operation's name stands in. */
async function refusal(
  { namespace, hosts, entity, action, entra }: Call,
  token: string,
  nowMs: number,
): Promise<string | null> {
  // Anonymous senders: the token is stripped and not looked at (relay-protocol 2.4).
  if (action === 'send' && !entity.requiresClientAuthorization) return null
  const call = {
    namespace,
    hosts,
    segments: entity.name.split('/'),
    hybridConnection: entity,
    claim: action === 'listen' ? ('Listen' as const) : ('Send' as const),
    entra,
  }
  try {
    await authorizeToken(call, token, nowMs)
    return null
  } catch (error) {
    if (error instanceof RelayError) return codeWord(error.message) || 'AuthorizationFailed'
    throw error
  }
}

/** The request's own `Host` counts too, so an audience that leads to this namespace is taken for that. */
function hostsFor(
  namespaces: readonly Namespace[],
  namespace: Namespace,
  host: string | null,
): readonly string[] {
  const isOwn = host !== null && resolveNamespace(namespaces, host)?.name === namespace.name
  return audienceHosts(namespace, namespaces[0]?.name === namespace.name, isOwn ? host : undefined)
}

function hostNamed(audience: string): string | null {
  return attempt(() => readAudience(encodeURIComponent(audience)).host) ?? null
}

function attempt<Result>(read: () => Result): Result | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof RelayError) return undefined
    throw error
  }
}

function timeText(seconds: number): string | null {
  return Math.abs(seconds * 1000) <= MAX_TIME_MS ? new Date(seconds * 1000).toISOString() : null
}

function decoded(resource: string): string {
  try {
    return decodeURIComponent(resource)
  } catch {
    return resource
  }
}
