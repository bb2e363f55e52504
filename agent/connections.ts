import { type RelayClientError, relayUserAgent } from '../client/index.ts'
import { ReadPlace } from '../client/read-place.ts'
import { ConnectionStringError } from '../protocol/connection-string.ts'
import { AgentError } from './agent-error.ts'
import { type AgentLogger, withFields } from './agent-log.ts'
import { type ConnectToRule, formatConnectTo } from './connect-to.ts'
import { Connection } from './connection.ts'
import { isNamed } from './connection-names.ts'
import type { ConnectionRow } from './contract.ts'
import { dialEndpoint } from './dial-endpoint.ts'
import { Forwarder } from './forwarder.ts'
import type { SavedConnection, StateFile } from './state-file.ts'

export type ConnectionsDeps = {
  readonly state: StateFile
  readonly connectTo: readonly ConnectToRule[]
  /** Name of the agent, as the relay's side shows it. */
  readonly name: string
  readonly ca: string | undefined
  readonly zeroMask?: boolean | undefined
  readonly dialTimeoutMs: number
  readonly logger: AgentLogger
}

type Entry = { readonly connection: Connection; readonly forwarder: Forwarder }

/** The hybrid connections of an agent, in the order they were added. */
export class Connections {
  readonly #deps: ConnectionsDeps
  readonly #place = new ReadPlace()
  #entries: readonly Entry[] = []

  constructor(deps: ConnectionsDeps) {
    this.#deps = deps
  }

  /** What stands now, without asking anybody. */
  get rows(): readonly ConnectionRow[] {
    return this.#entries.map(({ connection }) => connection.row)
  }

  get all(): readonly Connection[] {
    return this.#entries.map(({ connection }) => connection)
  }

  /** Tunnels that are open. */
  get openTunnels(): number {
    return this.#entries.reduce((sum, { forwarder }) => sum + forwarder.open, 0)
  }

  /** Takes up what was kept. Throws HCM_STATE_DAMAGED for a connection string that is none. */
  load(saved: readonly SavedConnection[]): void {
    try {
      this.#entries = saved.map((connection) => this.#entry(connection))
    } catch (error) {
      throw new AgentError(
        'HCM_STATE_DAMAGED',
        `${this.#deps.state.path}: ${(error as Error).message}`,
        {
          next: 'restore it from a backup, or move it away and add the hybrid connections again',
        },
      )
    }
    for (const { connection } of this.#entries) connection.resume()
  }

  /** The rows, after every relay was asked. */
  async observe(): Promise<readonly ConnectionRow[]> {
    await Promise.all(this.all.map((connection) => connection.observe()))
    return this.rows
  }

  /** The one that is called so. Throws RELAY_ITEM_NOT_FOUND, or RELAY_INPUT_INVALID when there are two. */
  find(namespace: string, name: string): Connection {
    return this.#find(namespace, name).connection
  }

  /**
   * Adds a hybrid connection; it is kept also when the relay cannot be reached now. One that is there already takes
   * over the connection string, and in any case the endpoint that the relay names now; its tunnels stay open. Throws
   * RELAY_INPUT_INVALID for a connection string that is none.
   */
  async add(connectionString: string): Promise<ConnectionRow> {
    const entry = this.#newEntry(connectionString)
    const { place, name } = entry.connection.names
    const there = this.all.find(
      ({ names }) => names.place === place && names.name.toLowerCase() === name.toLowerCase(),
    )
    if (there) await entry.connection.close()
    const connection = there ?? entry.connection
    if (there) await this.#replace(there, connectionString)
    else await this.#append(entry)
    return connection.row
  }

  /** Forgets one and ends its tunnels. */
  async remove(namespace: string, name: string): Promise<void> {
    const entry = this.#find(namespace, name)
    const before = this.#entries
    this.#entries = before.filter((other) => other !== entry)
    try {
      await this.save()
    } catch (error) {
      this.#entries = before
      throw error
    }
    await entry.connection.close()
    entry.forwarder.cut()
    const { names } = entry.connection
    this.#deps.logger.info(
      { namespace: names.namespace, name: names.name },
      'hybrid connection removed',
    )
  }

  /** Connects one anew, with the endpoint that the relay names now. */
  async restart(namespace: string, name: string): Promise<ConnectionRow> {
    const connection = this.find(namespace, name)
    await connection.begin()
    return connection.row
  }

  /** Takes over the endpoints that the relays name now. */
  async refresh(): Promise<readonly ConnectionRow[]> {
    await Promise.all(this.all.map((connection) => connection.refresh()))
    return this.observe()
  }

  /** Listens no more; tunnels may end by themselves for at most `drainMs`. */
  async close(drainMs: number): Promise<void> {
    await Promise.all(this.all.map((connection) => connection.close()))
    const limit = AbortSignal.timeout(drainMs)
    await Promise.all(this.#entries.map(({ forwarder }) => forwarder.idle(limit)))
    for (const { forwarder } of this.#entries) forwarder.cut()
  }

  async #append(entry: Entry): Promise<void> {
    const { connection } = entry
    this.#entries = [...this.#entries, entry]
    try {
      await this.save()
    } catch (error) {
      this.#entries = this.#entries.filter((other) => other !== entry)
      await connection.close()
      throw error
    }
    const { namespace, name, place } = connection.names
    this.#deps.logger.info({ namespace, name, relay: place }, 'hybrid connection added')
    await connection.begin()
  }

  async #replace(connection: Connection, connectionString: string): Promise<void> {
    if (connection.saved.connectionString === connectionString) return connection.refresh()
    const { namespace, name } = connection.names
    this.#deps.logger.info({ namespace, name }, 'connection string replaced')
    await connection.replace(connectionString, () => this.save())
  }

  #find(namespace: string, name: string): Entry {
    const found = this.#entries.filter(({ connection }) =>
      isNamed(connection.names, namespace, name),
    )
    const [first, second] = found
    if (!first) {
      throw new AgentError(
        'RELAY_ITEM_NOT_FOUND',
        `no hybrid connection ${name} of namespace ${namespace} has been added`,
        { target: 'name', next: 'hcm list' },
      )
    }
    if (second) {
      const places = found.map(({ connection }) => connection.names.place).join(' and ')
      throw new AgentError('RELAY_INPUT_INVALID', `${namespace}/${name} is at ${places}`, {
        target: 'namespace',
        next: `--namespace ${first.connection.names.place} --name ${name}`,
      })
    }
    return first
  }

  #newEntry(connectionString: string): Entry {
    try {
      const unknown = { namespace: '', endpoint: '', createdAt: '', updatedAt: '' }
      return this.#entry({ connectionString, ...unknown })
    } catch (error) {
      throw inputError(error)
    }
  }

  #entry(saved: SavedConnection): Entry {
    const { name, ca, zeroMask, connectTo, dialTimeoutMs } = this.#deps
    const logger = withFields(this.#deps.logger, () => {
      const { namespace, name: entity } = connection.names
      return { namespace, name: entity }
    })
    const forwarder = new Forwarder({
      dial: (endpoint, signal) =>
        dialEndpoint(endpoint, { connectTo, timeoutMs: dialTimeoutMs, signal, place: this.#place }),
      logger,
    })
    const connection = new Connection(saved, {
      ca,
      zeroMask,
      userAgent: relayUserAgent('hcm', name),
      logger,
      forwarder,
      changed: () => void this.save().catch(() => {}),
    })
    return { connection, forwarder }
  }

  /** Writes what is kept. Throws RELAY_INTERNAL, and logs why. */
  async save(): Promise<void> {
    const { state, connectTo, logger } = this.#deps
    try {
      await state.write({
        connectTo: connectTo.map(formatConnectTo),
        connections: this.all.map(({ saved }) => saved),
      })
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      logger.error({ code: code ?? null, file: state.path }, 'the state was not written')
      throw new AgentError(
        'RELAY_INTERNAL',
        `${state.path} was not written (${code ?? 'unknown'})`,
        {
          cause: error,
        },
      )
    }
  }
}

function inputError(error: unknown): unknown {
  const { code, message } = error as RelayClientError
  if (!(error instanceof ConnectionStringError) && code !== 'RELAY_OPTIONS_INVALID') return error
  return new AgentError('RELAY_INPUT_INVALID', message, {
    target: 'connectionString',
    cause: error,
  })
}
