import { isDeepStrictEqual } from 'node:util'
import { retryDelayMs } from '../client/backoff.ts'
import type { RelayEndpoint, RelaySender, RuntimeInformation } from '../client/index.ts'
import { advertisedEndpoint, metadataReason } from './advertised-endpoint.ts'
import type { AgentLogger } from './agent-log.ts'
import { savedEndpoint } from './connect-to.ts'
import { isGone, reasonOf, told } from './connection-failure.ts'
import { type ConnectionNames, namesOf } from './connection-names.ts'
import {
  type ConnectionPhase,
  type ListenerTrouble,
  listenerTrouble,
  statusOf,
  troubleOf,
} from './connection-phase.ts'
import type { ConnectionRow } from './contract.ts'
import type { Forwarder } from './forwarder.ts'
import { listenFor } from './listen-for.ts'
import { senderOf } from './sender-of.ts'
import type { SavedConnection } from './state-file.ts'

export type ConnectionDeps = {
  /** PEM certificates that are trusted besides Node's. */
  readonly ca: string | undefined
  readonly zeroMask?: boolean | undefined
  /** Value of `Relay-User-Agent`. */
  readonly userAgent: string
  /** Namespace and name are added to its lines. */
  readonly logger: AgentLogger
  readonly forwarder: Forwarder
  /** What is kept has changed. */
  readonly changed: () => void
}

/** How long somebody who asks for the list waits for the relay, ms. */
const OBSERVE_TIMEOUT_MS = 2_000
/** How long adding and restarting wait for the relay's first answer, ms. */
const SETTLE_TIMEOUT_MS = 5_000
/** How often the relay is asked whether the endpoint is still the same, ms. */
const WATCH_INTERVAL_MS = 60_000
/** Close code of a control channel whose entity was deleted or whose relay stops. Source: relay-protocol 3.6. */
const GOING_AWAY = 1001
const NO_TROUBLE: ListenerTrouble = { reason: null, isMissing: false, nextAttemptAtMs: null }
const MISSING = 'the hybrid connection does not exist'

/** One hybrid connection that this agent serves: a listener, and what is known of its endpoint. */
export class Connection {
  readonly #deps: ConnectionDeps
  #sender: RelaySender
  #saved: SavedConnection
  #phase: ConnectionPhase = { phase: 'asking', reason: null, nextAttemptAtMs: null }
  #run = new AbortController()
  #trouble: ListenerTrouble = NO_TROUBLE
  /** The relay has closed the control channel with 1001, as for an entity that was deleted, and not opened one since. */
  #isDismissed = false
  #listenerCount: number | null = null
  #note: string | null = null
  #observing: Promise<void> | undefined
  #retry: NodeJS.Timeout | undefined
  #watch: NodeJS.Timeout | undefined

  /** Throws ConnectionStringError, or RELAY_OPTIONS_INVALID where a connection string names no hybrid connection. */
  constructor(saved: SavedConnection, deps: ConnectionDeps) {
    this.#saved = saved
    this.#deps = deps
    this.#sender = senderOf(saved.connectionString, deps)
  }

  get relay(): RelayEndpoint {
    return this.#sender.endpoint
  }

  /** As people call it; the namespace may become known later only. */
  get names(): ConnectionNames {
    return namesOf(this.relay, this.#saved.namespace)
  }

  get saved(): SavedConnection {
    return this.#saved
  }

  get row(): ConnectionRow {
    const { endpoint, createdAt, updatedAt } = this.#saved
    return {
      name: this.names.name,
      namespace: this.names.namespace,
      endpoint,
      status: statusOf(this.#phase, this.#trouble),
      numberOfListeners: this.#listenerCount,
      serviceBusEndpoint: `sb://${this.names.place}/`,
      createdOn: createdAt || null,
      lastUpdated: updatedAt || null,
      ...troubleOf(this.#phase, this.#trouble),
      note: this.#note,
    }
  }

  /** After a start of the daemon: the endpoint that was kept is good until somebody takes over another. */
  resume(): void {
    if (this.#saved.endpoint === '') void this.#ask(0, this.#run.signal)
    else this.#listen()
  }

  /** Asks the relay for the endpoint, takes it over, and listens. Resolves when the relay has had its say, or in 5 s. */
  async begin(): Promise<void> {
    const { signal } = await this.#interrupt()
    await this.#ask(0, signal)
    if (this.#phase.phase !== 'listening' || signal.aborted) return
    const timeout = AbortSignal.timeout(SETTLE_TIMEOUT_MS)
    // Whatever it is that fails is in the row.
    await this.#phase.listener.online(AbortSignal.any([signal, timeout])).catch(() => {})
    await this.observe()
  }

  /** Asks the relay again and takes over what it says, without touching a listener that can stay. */
  async refresh(): Promise<void> {
    if (this.#phase.phase !== 'listening') return this.begin()
    const { signal } = this.#run
    try {
      const information = await this.#information(signal, SETTLE_TIMEOUT_MS)
      if (!signal.aborted) await this.#takeOver(information)
    } catch (error) {
      if (!signal.aborted)
        this.#deps.logger.warn(told(error), 'the relay was not asked for the endpoint')
    }
  }

  /**
   * Takes another connection string for the same hybrid connection, has it kept by `keep`, and begins anew with it.
   * Tunnels stay open. Throws as the constructor or `keep` does, and then nothing has changed.
   */
  async replace(connectionString: string, keep: () => Promise<void>): Promise<void> {
    const [sender, saved] = [this.#sender, this.#saved]
    const fresh = senderOf(connectionString, this.#deps)
    this.#sender = fresh
    this.#saved = { ...saved, connectionString }
    try {
      await keep()
    } catch (error) {
      this.#sender = sender
      this.#saved = saved
      await fresh.close()
      throw error
    }
    await this.begin()
    await sender.close()
  }

  /** Learns what the relay knows now, for those who look; nothing is taken over. Resolves in 2 s at the latest. */
  observe(): Promise<void> {
    this.#observing ??= this.#observe().finally(() => {
      this.#observing = undefined
    })
    return this.#observing
  }

  /** Listens no more. Tunnels stay open. */
  async close(): Promise<void> {
    await this.#interrupt()
    this.#phase = { phase: 'closed' }
    await this.#sender.close()
  }

  /** Ends what runs, and begins a new run. */
  async #interrupt(): Promise<AbortController> {
    const before = this.#phase
    this.#run.abort()
    clearTimeout(this.#retry)
    clearInterval(this.#watch)
    this.#run = new AbortController()
    const run = this.#run
    this.#phase = { phase: 'asking', reason: null, nextAttemptAtMs: null }
    this.#trouble = NO_TROUBLE
    if (before.phase === 'listening') await before.listener.close()
    return run
  }

  /** One attempt to learn the endpoint; the next follows by itself when the relay cannot be asked. */
  async #ask(failures: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    try {
      const information = await this.#information(signal, SETTLE_TIMEOUT_MS)
      if (!signal.aborted) await this.#takeOver(information)
    } catch (error) {
      if (signal.aborted) return
      if (isGone(error)) return this.#gone(error)
      this.#deps.logger.warn(told(error), 'the relay was not asked for the endpoint')
      if (this.#saved.endpoint !== '') return this.#listen()
      const delayMs = retryDelayMs(failures)
      const reason = `its endpoint is not known yet: ${reasonOf(error)}`
      this.#phase = { phase: 'asking', reason, nextAttemptAtMs: Date.now() + delayMs }
      this.#retry = setTimeout(() => void this.#ask(failures + 1, signal), delayMs)
    }
  }

  async #takeOver(information: RuntimeInformation): Promise<void> {
    const { namespace, userMetadata, createdAt, updatedAt } = information
    const endpoint = advertisedEndpoint(userMetadata)
    this.#note = null
    this.#listenerCount = information.listenerCount
    if (endpoint !== this.#saved.endpoint) this.#deps.logger.info({ endpoint }, 'endpoint learned')
    this.#saved = { ...this.#saved, namespace, endpoint, createdAt, updatedAt }
    this.#deps.changed()
    if (endpoint !== '') {
      if (this.#phase.phase !== 'listening') this.#listen()
      return
    }
    const reason = metadataReason(userMetadata) ?? 'its userMetadata names no endpoint'
    const before = this.#phase
    this.#phase = { phase: 'unusable', reason }
    this.#deps.logger.warn({ reason }, 'the hybrid connection names no endpoint')
    if (before.phase === 'listening') await before.listener.close()
  }

  #listen(): void {
    const { connectionString } = this.#saved
    const { ca, zeroMask, userAgent, logger, forwarder } = this.#deps
    const listener = listenFor({
      options: { connectionString, ca, zeroMask, userAgent },
      forwarder,
      endpoint: () => savedEndpoint(this.#saved.endpoint),
    })
    this.#phase = { phase: 'listening', listener }
    this.#trouble = NO_TROUBLE
    listener.on('online', () => {
      this.#isDismissed = false
      this.#trouble = NO_TROUBLE
      logger.info({ endpoint: this.#saved.endpoint }, 'connected')
      void this.observe()
    })
    listener.on('offline', ({ error, retryInMs }) => {
      this.#isDismissed ||= error.closeCode === GOING_AWAY
      this.#trouble = listenerTrouble(error, this.#isDismissed, Date.now() + retryInMs)
      this.#listenerCount = null
      const { isMissing } = this.#trouble
      logger.warn({ ...told(error), retryInMs }, isMissing ? MISSING : 'not connected')
    })
    listener.on('stopped', (error) => {
      const phase = this.#phase
      const isCurrent = phase.phase === 'listening' && phase.listener === listener
      if (error && isCurrent) this.#gone(error)
    })
    listener.on('renewed', (expiresAtMs) => {
      logger.debug({ expiresAt: new Date(expiresAtMs).toISOString() }, 'token renewed')
    })
    listener.on('fault', (error) => logger.warn(told(error), 'a sender was not met'))
    this.#watch = setInterval(() => void this.observe(), WATCH_INTERVAL_MS)
    this.#watch.unref()
  }

  #gone(error: unknown): void {
    clearInterval(this.#watch)
    this.#listenerCount = null
    this.#note = null
    this.#phase = { phase: 'gone', reason: reasonOf(error) }
    this.#deps.logger.error(told(error), MISSING)
  }

  async #observe(): Promise<void> {
    const { phase } = this.#phase
    if (phase !== 'listening' && phase !== 'unusable') return
    const { signal } = this.#run
    try {
      const information = await this.#information(signal, OBSERVE_TIMEOUT_MS)
      if (signal.aborted) return
      const { namespace, createdAt, updatedAt } = information
      this.#listenerCount = information.listenerCount
      this.#compare(information.userMetadata)
      const { saved } = this
      this.#saved = { ...saved, namespace, createdAt, updatedAt }
      if (!isDeepStrictEqual(saved, this.#saved)) this.#deps.changed()
    } catch (error) {
      if (signal.aborted) return
      // Nobody else would notice: what names no endpoint has no control channel that the relay could close.
      if (this.#phase.phase === 'unusable' && isGone(error)) return this.#gone(error)
      this.#listenerCount = null
      this.#deps.logger.debug(told(error), 'the relay was not asked')
    }
  }

  /** Tells once when the relay names another endpoint by now. */
  #compare(userMetadata: string): void {
    const now = advertisedEndpoint(userMetadata)
    if (now === this.#saved.endpoint) {
      this.#note = null
      return
    }
    const note = `userMetadata names ${now || 'no endpoint'} by now; hcm restart ${this.names.namespace}/${this.names.name} takes it over`
    if (note !== this.#note) {
      this.#deps.logger.warn({ endpoint: this.#saved.endpoint, now }, 'userMetadata has changed')
    }
    this.#note = note
  }

  #information(signal: AbortSignal, timeoutMs: number): Promise<RuntimeInformation> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
    return this.#sender.runtimeInformation({ signal: limit })
  }
}
