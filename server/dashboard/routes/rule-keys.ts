import type { FastifyRequest } from 'fastify'
import { grants } from '../../../protocol/entity.ts'
import { TOKEN_LIFETIME_SECONDS } from '../../../protocol/limits.ts'
import { mintSasToken } from '../../../protocol/sas.ts'
import { Type } from '../../json-type.ts'
import { azureHost } from '../../namespace/host-names.ts'
import type { RuleScope } from '../../namespace/store.ts'
import type { AdminDeps } from '../admin-deps.ts'
import { ApiError } from '../api-error.ts'
import { findHybridConnection, findNamespace, findRule } from '../find-entity.ts'
import { ruleKeys } from '../rule-keys.ts'
import { Claim, MintedToken, Nothing, oneOf, pathNames, RuleKeys, strict } from '../schemas.ts'
import type { AdminApp } from '../typebox-provider.ts'
import type { RuleLevel } from './rule-levels.ts'

const tags = ['authorizationRules']
/** Ten years; longer ones are a mistake of the unit. */
const MAX_TTL_SECONDS = 315_360_000
const RegenerateBody = strict({ keyType: oneOf('PrimaryKey', 'SecondaryKey') })
const TokenBody = strict({
  right: Claim,
  ttlSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_TTL_SECONDS })),
  hybridConnection: Type.Optional(
    Type.String({ minLength: 1, description: 'only this one; for a policy of the namespace' }),
  ),
})

/** What reveals a secret: always a POST, and each reveal of keys is an event (dashboard 8). */
export function ruleKeyRoutes(
  app: AdminApp,
  { store, events, endpointPort, now }: AdminDeps,
  { prefix, names, scopeOf, ruleOf }: RuleLevel,
): void {
  const params = pathNames(...names, 'rule')

  /** The scope with the names as they were first written, which is how connection strings show them. */
  const canonical = ({ namespace, hybridConnection }: RuleScope): RuleScope => ({
    namespace: findNamespace(store, namespace).name,
    hybridConnection:
      hybridConnection && findHybridConnection(store, namespace, hybridConnection).name,
  })
  const keysOf = (scope: RuleScope, name: string) => {
    const namespace = findNamespace(store, scope.namespace)
    const isFirst = store.list()[0]?.name === namespace.name
    return ruleKeys(findRule(store, scope, name), {
      namespace,
      isFirst,
      hybridConnection: scope.hybridConnection,
      port: endpointPort(),
    })
  }
  const report = (
    type: 'keysListed' | 'keysRegenerated',
    scope: RuleScope,
    request: FastifyRequest,
    message: string,
  ) => {
    const { namespace, hybridConnection = null } = scope
    events.emit({ type, namespace, hybridConnection, who: remoteOf(request), message })
  }

  app.post(
    `${prefix}/:rule/listKeys`,
    {
      schema: {
        tags,
        summary: 'Keys and connection strings; the event keysListed tells of it',
        params,
        body: Nothing,
        response: { 200: RuleKeys },
      },
    },
    (request) => {
      const scope = canonical(scopeOf(request.params))
      const keys = keysOf(scope, ruleOf(request.params))
      report('keysListed', scope, request, `the keys of rule ${keys.keyName} were listed`)
      return keys
    },
  )

  app.post(
    `${prefix}/:rule/regenerateKeys`,
    {
      schema: {
        tags,
        summary: 'A new random key; tokens signed with the old one fail at once',
        params,
        body: RegenerateBody,
        response: { 200: RuleKeys },
      },
    },
    (request) => {
      const { keyType } = request.body
      const scope = canonical(scopeOf(request.params))
      const { name } = findRule(store, scope, ruleOf(request.params))
      store.regenerateKey(scope, name, keyType)
      report('keysRegenerated', scope, request, `the ${keyType} of rule ${name} was regenerated`)
      return keysOf(scope, name)
    },
  )

  app.post(
    `${prefix}/:rule/tokens`,
    {
      schema: {
        tags,
        summary: 'Mints a SAS token for this hybrid connection, or for the whole namespace',
        params,
        body: TokenBody,
        response: { 200: MintedToken },
      },
    },
    ({ params: path, body }) => {
      const { right, ttlSeconds = TOKEN_LIFETIME_SECONDS, hybridConnection } = body
      const scope = canonical(scopeOf(path))
      const rule = findRule(store, scope, ruleOf(path))
      if (!grants(rule.rights, right)) {
        invalid('/right', `rule ${rule.name} does not have the right ${right}`)
      }
      const own = scope.hybridConnection
      if (own !== undefined && hybridConnection !== undefined) {
        invalid('/hybridConnection', `rule ${rule.name} is of ${own}; leave it out`)
      }
      const expirySeconds = Math.floor(now() / 1000) + ttlSeconds
      const narrowed = { ...scope, hybridConnection: own ?? hybridConnection }
      const resource = audienceOf(canonical(narrowed))
      const token = mintSasToken({
        resource,
        keyName: rule.name,
        key: rule.primaryKey,
        expirySeconds,
      })
      return { token, expiresAt: new Date(expirySeconds * 1000).toISOString() }
    },
  )
}

/** As the .NET client writes it: scheme http, no port, a slash at the end (relay-protocol 2.2). */
function audienceOf({ namespace, hybridConnection }: RuleScope): string {
  const path = hybridConnection === undefined ? '' : `${hybridConnection}/`
  return `http://${azureHost({ name: namespace })}/${path}`
}

function invalid(target: string, message: string): never {
  const details = [{ code: 'RELAY_INPUT_INVALID' as const, message, target }]
  throw new ApiError('RELAY_INPUT_INVALID', message, { target: 'body', details })
}

function remoteOf({ ip, socket }: FastifyRequest): string {
  const host = ip.includes(':') ? `[${ip}]` : ip
  return socket.remotePort === undefined ? host : `${host}:${socket.remotePort}`
}
