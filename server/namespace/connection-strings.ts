import { formatConnectionString } from '../../protocol/connection-string.ts'
import { grants } from '../../protocol/entity.ts'
import type {
  AuthorizationRule,
  Claim,
  HybridConnection,
  Namespace,
} from '../../protocol/entity.ts'
import { ROOT_RULE_NAME } from '../../protocol/published-keys.ts'
import { findRule } from './authorization-rules.ts'
import { azureHost, hostOf, localHost } from './host-names.ts'

/** What the ready document says of a namespace (product 3). A string is empty when no rule is left that could make it. */
export type ReadyNamespace = {
  readonly name: string
  /** Host of the strings' Endpoint. */
  readonly host: string
  readonly connectionString: string
  readonly hybridConnections: readonly {
    readonly name: string
    readonly connectionString: string
    readonly listenConnectionString: string
    readonly sendConnectionString: string
  }[]
}

/** Every spelling of one connection string. */
export type ConnectionStringVariants = {
  /** For programs on this machine. */
  readonly local: string
  /** One for each further name of the namespace. */
  readonly configured: readonly string[]
  /** The name in Azure on port 443: for containers with that alias and for `relay-emulator exec`. */
  readonly azure: string
}

/** The `namespaces` of the ready document. `port` is that of the relay over TLS; the first namespace has localhost. */
export function readyNamespaces(namespaces: readonly Namespace[], port: number): ReadyNamespace[] {
  return namespaces.map((namespace, index) => {
    const host = endpointHost(namespace, index === 0)
    const endpoint = endpointOf(host, port)
    const format = (rule: AuthorizationRule | undefined, entityPath?: string) =>
      rule ? formatRule(endpoint, rule, entityPath) : ''
    const root = rootRule(namespace)
    return {
      name: namespace.name,
      host,
      connectionString: format(root),
      hybridConnections: namespace.hybridConnections.map((entity) => ({
        name: entity.name,
        connectionString: format(root, entity.name),
        listenConnectionString: format(ruleFor(namespace, entity, 'Listen'), entity.name),
        sendConnectionString: format(ruleFor(namespace, entity, 'Send'), entity.name),
      })),
    }
  })
}

/** All spellings of one rule's connection string, with `EntityPath` when a hybrid connection is given. */
export function connectionStrings(input: {
  readonly namespace: Namespace
  /** True for the first namespace, which answers to localhost. */
  readonly isFirst: boolean
  readonly rule: AuthorizationRule
  readonly hybridConnection?: string | undefined
  /** Port of the relay over TLS. */
  readonly port: number
}): ConnectionStringVariants {
  const { namespace, isFirst, rule, hybridConnection, port } = input
  const format = (endpoint: string) => formatRule(endpoint, rule, hybridConnection)
  return {
    local: format(endpointOf(endpointHost(namespace, isFirst), port)),
    configured: namespace.hosts.map((host) => format(endpointOf(hostOf(host), port))),
    azure: format(`sb://${azureHost(namespace)}/`),
  }
}

/** Host that programs on this machine use: localhost, else the first configured one, else NAME.servicebus.localhost. */
export function endpointHost(
  namespace: Pick<Namespace, 'name' | 'hosts'>,
  isFirst: boolean,
): string {
  if (isFirst) return 'localhost'
  const [configured] = namespace.hosts
  return configured === undefined ? localHost(namespace) : hostOf(configured)
}

/** The entity's first rule with only this right, else the namespace's; else any rule that grants it. */
function ruleFor(
  namespace: Namespace,
  entity: HybridConnection,
  claim: Claim,
): AuthorizationRule | undefined {
  const rules = [...entity.authorizationRules, ...namespace.authorizationRules]
  return (
    rules.find(({ rights }) => rights.length === 1 && rights[0] === claim) ??
    rootRule(namespace, claim) ??
    rules.find(({ rights }) => grants(rights, claim))
  )
}

function rootRule(namespace: Namespace, claim: Claim = 'Manage'): AuthorizationRule | undefined {
  const rules = namespace.authorizationRules.filter(({ rights }) => grants(rights, claim))
  return findRule(rules, ROOT_RULE_NAME) ?? rules[0]
}

/** Java's client needs the last slash (relay-protocol 2.7). */
function endpointOf(host: string, port: number): string {
  return `sb://${host.includes(':') ? `[${host}]` : host}:${port}/`
}

function formatRule(endpoint: string, rule: AuthorizationRule, entityPath?: string): string {
  return formatConnectionString({ endpoint, keyName: rule.name, key: rule.primaryKey, entityPath })
}
