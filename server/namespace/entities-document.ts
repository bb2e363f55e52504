import { CLAIMS } from '../../protocol/entity.ts'
import type {
  AuthorizationRule,
  Claim,
  HybridConnection,
  Namespace,
} from '../../protocol/entity.ts'
import { integerAt, isObject, objectAt, parseJson, stringAt } from '../../protocol/json.ts'
import type { JsonObject } from '../../protocol/json.ts'
import { readNetworkRules } from './network-rules.ts'
import type { RuntimeEntities } from './store.ts'

/** Version of the document that this code writes, and the newest it reads. */
const ENTITIES_VERSION = 1

/** Writes the run-time entities as the text of `entities.json`. */
export function encodeEntities(entities: RuntimeEntities): string {
  const { namespaces, hybridConnections, rules, settings } = entities
  const document = {
    version: ENTITIES_VERSION,
    namespaces: namespaces.map(
      ({ hybridConnections: _none, origin: _origin, ...namespace }) => namespace,
    ),
    hybridConnections: hybridConnections.map(
      ({ namespace, entity: { origin: _origin, ...entity } }) => ({
        namespace,
        ...entity,
      }),
    ),
    rules,
    settings,
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

/** `newer` when a later version of the emulator wrote the text. Throws when it is damaged; the fault quotes no value. */
export function decodeEntities(text: string): RuntimeEntities | 'newer' {
  const document = objectAt(parseJson(text), 'the document')
  const version = integerAt(document, 'version')
  if (version > ENTITIES_VERSION) return 'newer'
  if (version < 1) throw new TypeError('version is not known')
  return {
    namespaces: objectsAt(document, 'namespaces').map(decodeNamespace),
    hybridConnections: objectsAt(document, 'hybridConnections').map((item) => ({
      namespace: stringAt(item, 'namespace'),
      entity: decodeHybridConnection(item),
    })),
    // Files of older versions have neither.
    rules: 'rules' in document ? objectsAt(document, 'rules').map(decodePlacedRule) : [],
    settings:
      'settings' in document
        ? objectsAt(document, 'settings').map((item) => ({
            namespace: stringAt(item, 'namespace'),
            ...decodeManagement(item),
          }))
        : [],
  }
}

function decodeNamespace(item: JsonObject): Namespace {
  return {
    name: stringAt(item, 'name'),
    hosts: arrayAt(item, 'hosts').map(String),
    location: stringAt(item, 'location'),
    ...decodeManagement(item),
    authorizationRules: objectsAt(item, 'authorizationRules').map(decodeRule),
    hybridConnections: [],
    ...decodeCommon(item),
  }
}

/** What the management plane adds to a namespace; files of older versions have none of it. */
function decodeManagement(item: JsonObject): Partial<Namespace> {
  const { resourceGroup, tags, networkRules } = item
  return {
    ...(resourceGroup !== undefined && { resourceGroup: stringAt(item, 'resourceGroup') }),
    ...(tags !== undefined && { tags: decodeTags(objectAt(tags, 'tags')) }),
    ...(networkRules !== undefined && {
      networkRules: readNetworkRules(objectAt(networkRules, 'networkRules')),
    }),
  }
}

function decodeTags(tags: JsonObject): Record<string, string> {
  return Object.fromEntries(Object.keys(tags).map((name) => [name, stringAt(tags, name)]))
}

function decodeHybridConnection(item: JsonObject): HybridConnection {
  const { requiresClientAuthorization } = item
  if (typeof requiresClientAuthorization !== 'boolean') {
    throw new TypeError('requiresClientAuthorization is neither true nor false')
  }
  return {
    name: stringAt(item, 'name'),
    requiresClientAuthorization,
    userMetadata: item['userMetadata'] === undefined ? undefined : stringAt(item, 'userMetadata'),
    authorizationRules: objectsAt(item, 'authorizationRules').map(decodeRule),
    ...decodeCommon(item),
  }
}

function decodeCommon(item: JsonObject) {
  const createdAt = stringAt(item, 'createdAt')
  const updatedAt = stringAt(item, 'updatedAt')
  return { origin: 'runtime', createdAt, updatedAt } as const
}

function decodePlacedRule(item: JsonObject): RuntimeEntities['rules'][number] {
  const { hybridConnection } = item
  return {
    namespace: stringAt(item, 'namespace'),
    ...(hybridConnection !== undefined && { hybridConnection: stringAt(item, 'hybridConnection') }),
    rule: decodeRule(objectAt(item['rule'], 'rule')),
  }
}

function decodeRule(item: JsonObject): AuthorizationRule {
  const rights = arrayAt(item, 'rights')
  if (!rights.every(isClaim)) throw new TypeError('rights hold an unknown right')
  return {
    name: stringAt(item, 'name'),
    rights,
    primaryKey: stringAt(item, 'primaryKey'),
    secondaryKey: stringAt(item, 'secondaryKey'),
    ...(item['origin'] === 'runtime' && { origin: 'runtime' }),
  }
}

function isClaim(value: unknown): value is Claim {
  return CLAIMS.some((claim) => claim === value)
}

function objectsAt(object: JsonObject, member: string): readonly JsonObject[] {
  const items = arrayAt(object, member)
  if (!items.every(isObject)) throw new TypeError(`${member} holds something that is no object`)
  return items
}

function arrayAt(object: JsonObject, member: string): readonly unknown[] {
  const value = object[member]
  if (!Array.isArray(value)) throw new TypeError(`${member} is not a list`)
  return value
}
