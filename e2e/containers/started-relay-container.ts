import { AbstractStartedContainer, type StartedTestContainer } from 'testcontainers'
import { formatConnectionString } from '../../protocol/connection-string.ts'
import { formatUserMetadata } from '../../protocol/user-metadata.ts'
import type { HybridConnectionRow, ListenerRow } from '../../server/dashboard/contract.ts'
import type { RelayEvent } from '../../server/events.ts'
import type { RefusalAnswer } from '../../server/faults/fault-plan.ts'
import {
  type KnownNamespace,
  lookUpHybridConnection,
  lookUpNamespace,
  lookUpRule,
} from '../../server/fixture/entity-lookup.ts'
import {
  type ConnectionStringQuery,
  DEFAULT_RULES,
  FixtureError,
  type HybridConnectionOptions,
  type RelayFixture,
  WAIT_TIMEOUT_MS,
  type WaitOptions,
  checkAnswer,
  waitError,
} from '../../server/fixture/relay-fixture.ts'
import { endpointHost } from '../../server/namespace/connection-strings.ts'
import { trustInProcess } from '../../server/tls/process-trust.ts'
import { AdminApi, MAX_PAGE, type Page, segment } from './admin-api.ts'
import { entityPath, readEntities, readHybridConnection } from './container-entities.ts'

/** Ports inside the container. */
export const PORTS = { relay: 443, plain: 80, admin: 9400 } as const

/** A running container with the emulator. Entities made otherwise than by this object are found by its async methods. */
export class StartedRelayEmulatorContainer
  extends AbstractStartedContainer
  implements RelayFixture
{
  readonly #api: AdminApi
  /** Null when the relay serves a certificate of the user's. */
  #caPem: string | null = null
  #entities: readonly KnownNamespace[] = []
  /** Those of the configuration, which a reset brings back. */
  #configured: readonly KnownNamespace[] = []
  /** Number of the last event that belongs to the past. */
  #past = 0

  constructor(started: StartedTestContainer, adminToken: string) {
    super(started)
    this.#api = new AdminApi(() => this.getAdminUrl(), adminToken)
  }

  /** Asks for what the synchronous getters answer. {@link RelayEmulatorContainer.start} does it. */
  async load(): Promise<void> {
    this.#caPem = await this.#api.caPem()
    this.#configured = this.#entities = await readEntities(this.#api)
    this.#past = await this.#lastEvent()
  }

  getConnectionString(of: ConnectionStringQuery = {}): string {
    const { namespace, hybridConnection, rule } = lookUpRule(this.#entities, of)
    return formatConnectionString({
      endpoint: this.#endpointOf(namespace),
      keyName: rule.name,
      key: rule.primaryKey,
      entityPath: hybridConnection,
    })
  }

  getNamespaceConnectionString(name?: string): string {
    const namespace = lookUpNamespace(this.#entities, name)
    const { rule } = lookUpRule([namespace], {})
    const endpoint = this.#endpointOf(namespace)
    return formatConnectionString({ endpoint, keyName: rule.name, key: rule.primaryKey })
  }

  getEndpoint(): string {
    return `sb://${this.#authority(this.getHost(), PORTS.relay)}/`
  }

  getAdminUrl(): string {
    return `http://${this.#authority(this.getHost(), PORTS.admin)}`
  }

  getCaCertificate(): string {
    if (this.#caPem !== null) return this.#caPem
    throw new FixtureError(
      'RELAY_CERTIFICATE_OWN',
      'the relay serves the certificate of RELAY_EMULATOR_TLS_CERT; its CA is yours to trust',
    )
  }

  trust(): () => void {
    return trustInProcess(this.getCaCertificate())
  }

  async waitForListeners(
    name: string,
    count: number,
    { timeoutMs = WAIT_TIMEOUT_MS }: WaitOptions = {},
  ): Promise<void> {
    const [namespace, hybridConnection] = await this.#find(name)
    const path = entityPath(namespace, hybridConnection)
    const deadline = AbortSignal.timeout(timeoutMs)
    const get = <Answer>(from: string) => this.#api.call<Answer>('GET', from, undefined, deadline)
    try {
      for (let after = await this.#lastEvent(); ;) {
        const { listenerCount } = await get<HybridConnectionRow>(path)
        if (count === 0 ? listenerCount === 0 : listenerCount >= count) return
        const query = `after=${after}&wait=${MAX_WAIT_SECONDS}&limit=${MAX_PAGE}`
        const { items } = await get<Page<RelayEvent>>(`/events?${query}`)
        after = items.at(-1)?.n ?? after
      }
    } catch (error) {
      if (!deadline.aborted) throw error
      const listeners = await this.#api.list<ListenerRow>('/listeners')
      const there = listeners.filter(
        (row) =>
          row.ended === null &&
          row.namespace === namespace &&
          row.hybridConnection === hybridConnection,
      )
      throw waitError(
        name,
        count,
        timeoutMs,
        there.map(({ label }) => label),
      )
    }
  }

  async createHybridConnection(options: HybridConnectionOptions): Promise<void> {
    const { name, endpoint, requiresClientAuthorization } = options
    const { authorizationRules = DEFAULT_RULES } = options
    const namespace = lookUpNamespace(this.#entities, options.namespace).name
    const path = entityPath(namespace, name)
    await this.#api.call('PUT', path, {
      ...(requiresClientAuthorization !== undefined && { requiresClientAuthorization }),
      ...(endpoint !== undefined && { userMetadata: formatUserMetadata({ endpoint }) }),
    })
    for (const { name: rule, rights } of authorizationRules) {
      await this.#api.call('PUT', `${path}/authorizationRules/${segment(rule)}`, { rights })
    }
    const made = await readHybridConnection(this.#api, namespace, name)
    this.#replaceEntity(namespace, name, [made])
  }

  async deleteHybridConnection(name: string): Promise<void> {
    const [namespace, hybridConnection] = await this.#find(name)
    await this.#api.call('DELETE', entityPath(namespace, hybridConnection))
    this.#replaceEntity(namespace, hybridConnection, [])
  }

  async dropListeners(
    name: string,
    how: '1001' | '1011' | 'cut' | 1001 | 1011 = '1001',
  ): Promise<number> {
    const path = entityPath(...(await this.#find(name)))
    const body = { how: String(how) }
    return (await this.#api.call<Affected>('POST', `${path}/dropListeners`, body)).listeners
  }

  async expireTokens(name: string): Promise<number> {
    const path = entityPath(...(await this.#find(name)))
    return (await this.#api.call<Affected>('POST', `${path}/expireTokens`)).listeners
  }

  async refuseNextAccept(name: string, answer: RefusalAnswer): Promise<void> {
    const path = entityPath(...(await this.#find(name)))
    await this.#api.call('POST', `${path}/refuseNextAccept`, { answer: checkAnswer(answer) })
  }

  async events(): Promise<readonly RelayEvent[]> {
    const path = `/events?after=${this.#past}&limit=${MAX_PAGE}`
    return (await this.#api.call<Page<RelayEvent>>('GET', path)).items
  }

  async reset(): Promise<void> {
    await this.#api.call('POST', '/reset')
    this.#entities = this.#configured
    this.#past = await this.#lastEvent()
  }

  /** Names as the entity spells them. Looks again, in case that somebody else made it. */
  async #find(name: string): Promise<readonly [namespace: string, hybridConnection: string]> {
    try {
      return this.#named(name)
    } catch {
      this.#entities = await readEntities(this.#api)
      return this.#named(name)
    }
  }

  #named(name: string) {
    const { namespace, hybridConnection } = lookUpHybridConnection(this.#entities, name)
    return [namespace.name, hybridConnection.name] as const
  }

  async #lastEvent(): Promise<number> {
    return (await this.#api.call<{ lastEvent: number }>('GET', '/overview')).lastEvent
  }

  #replaceEntity(namespace: string, name: string, by: KnownNamespace['hybridConnections']): void {
    const isOther = (other: { readonly name: string }) =>
      other.name.toLowerCase() !== name.toLowerCase()
    this.#entities = this.#entities.map((each) =>
      each.name === namespace
        ? { ...each, hybridConnections: [...each.hybridConnections.filter(isOther), ...by] }
        : each,
    )
  }

  /** Only the first namespace answers to the name of the engine. */
  #endpointOf(namespace: KnownNamespace): string {
    const isFirst = namespace === this.#entities[0]
    const host = isFirst ? this.getHost() : endpointHost(namespace, false)
    return `sb://${this.#authority(host, PORTS.relay)}/`
  }

  #authority(host: string, port: number): string {
    return `${host.includes(':') ? `[${host}]` : host}:${this.getMappedPort(port)}`
  }
}

/** Longest that the API holds an answer back. */
const MAX_WAIT_SECONDS = 30

type Affected = { readonly listeners: number }
