import type { Namespace } from '../../protocol/entity.ts'
import { readEndpoint } from '../../protocol/user-metadata.ts'
import type {
  HybridConnectionConfig,
  NamespaceConfig,
} from '../../server/config/config-document.ts'
import { storedUserMetadata } from '../../server/config/namespaces-from-config.ts'

/** What lies on-premises. Names under `.example` are never sent to DNS, so only `--connect-to` leads there. */
export const ENDPOINTS = [
  {
    kind: 'page',
    name: 'intranet',
    /** Of the hybrid connection, unless the configuration has one to this endpoint. */
    hybridConnection: 'intranet',
    host: 'intranet.onprem.example',
    port: 8080,
  },
  {
    kind: 'echo',
    name: 'echo',
    hybridConnection: 'demo',
    host: 'echo.onprem.example',
    port: 7007,
  },
] as const
export type StoryEndpoint = (typeof ENDPOINTS)[number]

/** The agents on the on-premises side. */
export const AGENTS = ['onprem-1', 'onprem-2'] as const

/** Where there is no namespace at all. */
const NAMESPACE = 'local-relay'

/**
 * The configuration with what the story lacks: a hybrid connection to each endpoint in the first namespace. Nothing that
 * is there already is changed.
 */
export function withStory(namespaces: readonly NamespaceConfig[]): readonly NamespaceConfig[] {
  const [first = { name: NAMESPACE }, ...others] = namespaces
  const own = first.hybridConnections ?? []
  const added = ENDPOINTS.filter(
    (endpoint) =>
      !own.some(({ userMetadata }) => leadsTo(storedUserMetadata(userMetadata), endpoint)),
  ).map((endpoint) => hybridConnectionTo(endpoint, own))
  return [{ ...first, hybridConnections: [...own, ...added] }, ...others]
}

/** The name of the hybrid connection to an endpoint; undefined when it was taken away. */
export function hybridConnectionOf(
  namespace: Namespace,
  endpoint: StoryEndpoint,
): string | undefined {
  return namespace.hybridConnections.find(({ userMetadata }) => leadsTo(userMetadata, endpoint))
    ?.name
}

function leadsTo(userMetadata: string | undefined, { host, port }: StoryEndpoint): boolean {
  const endpoint = readEndpoint(userMetadata)
  return endpoint?.host.toLowerCase() === host && endpoint.port === port
}

function hybridConnectionTo(
  { hybridConnection, host, port }: StoryEndpoint,
  own: readonly HybridConnectionConfig[],
): HybridConnectionConfig {
  const isTaken = (name: string) => own.some((other) => other.name.toLowerCase() === name)
  let name: string = hybridConnection
  while (isTaken(name)) name = `sandbox-${name}`
  return {
    name,
    userMetadata: { endpoint: `${host}:${port}` },
    authorizationRules: [
      { name: 'defaultListener', rights: ['Listen'] },
      { name: 'defaultSender', rights: ['Send'] },
    ],
  }
}
