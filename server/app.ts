import { randomBytes, randomInt } from 'node:crypto'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { formatProblem } from './config/config-error.ts'
import type { Configuration } from './config/load-configuration.ts'
import { Sessions } from '../console/session.ts'
import { type AdminDeps, type ReloadOutcome, buildAdminApp } from './dashboard/admin-app.ts'
import { loginLink } from './dashboard/routes/session.ts'
import { logEvents } from './event-log.ts'
import { EventFeed } from './events.ts'
import { FaultPlan } from './faults/fault-plan.ts'
import { faultRoutes } from './faults/fault-routes.ts'
import { inProcessFixture } from './fixture/in-process.ts'
import { openManagementPlane } from './management-plane.ts'
import { createMetrics } from './metrics.ts'
import { readyNamespaces } from './namespace/connection-strings.ts'
import { openFileStore } from './namespace/file-store.ts'
import { namespaceHosts } from './namespace/host-names.ts'
import { MemoryStore } from './namespace/memory-store.ts'
import { NetworkHits } from './namespace/network-hits.ts'
import type { ServerOptions } from './options.ts'
import { type RelayParts, buildRelay } from './relay-parts.ts'
import { openRelayPorts } from './relay-ports.ts'
import type { ReadyDocument, RelayServer, ReloadReport } from './relay-server.ts'
import { readAgain } from './reload.ts'
import { RuntimeSettings } from './runtime-settings.ts'
import { startWarnings } from './start-warnings.ts'
import { openServerCertificate } from './tls/server-certificate.ts'
import { PACKAGE_VERSION } from '../protocol/package-version.ts'
import type { LineSink } from '../console/line-sink.ts'
import { writeReadyFile } from '../console/ready-file.ts'

/** How long sockets may take to end once everything was told to, ms. */
const LAST_WORDS_MS = 500
const DRAIN_MS = 5_000

export type StartInput = {
  readonly options: ServerOptions
  readonly configuration: Configuration
  /** Reads the configuration again. Throws ConfigError. */
  readonly load: () => Promise<Configuration>
  readonly isEmbedded: boolean
  readonly logger: Logger
  readonly eventLines: LineSink | undefined
  readonly now: () => number
}

/** Builds every part, joins them, and listens: the one place that knows them all. */
export async function startServer(input: StartInput): Promise<RelayServer> {
  const opened = new Opened()
  try {
    return await assemble(input, opened)
  } catch (error) {
    await opened.close()
    throw error
  }
}

async function assemble(input: StartInput, opened: Opened): Promise<RelayServer> {
  const { options, logger, now } = input
  let configuration = input.configuration
  let isReady = false
  let isStopping = false
  const seed = options.seed ?? randomInt(2 ** 32)
  const settings = new RuntimeSettings({ profile: options.profile, seed, loose: options.loose })

  const store = new MemoryStore(now)
  store.replaceFileEntities(configuration.namespaces)
  const fileStore = options.inMemory
    ? undefined
    : await openFileStore({
        file: join(options.dataDir, 'entities.json'),
        store,
        onError: (error) => logger.error({ err: error }, 'entities made at run time are not saved'),
      })
  const certificate = await openServerCertificate({
    tlsCert: options.tlsCert ?? undefined,
    tlsKey: options.tlsKey ?? undefined,
    dataDir: options.dataDir,
    inMemory: options.inMemory,
    hosts: certificateHosts(store, configuration),
    now,
  })
  opened.add(() => certificate.close())

  const events = new EventFeed(now)
  opened.add(logEvents(events, logger, input.eventLines))
  const plan = new FaultPlan()
  const hits = new NetworkHits()
  opened.add(
    store.subscribe((change) => {
      if (change.change === 'deleted') plan.clear(change)
    }),
  )
  const management = await openManagementPlane({
    options,
    profile: () => settings.current.profile,
    configuration: () => configuration,
    store,
    events,
    listenerCount: (namespace, entity) => relay.listenerCount(namespace, entity),
    endpointPort: () => port,
    now,
    logger,
  })
  opened.add(() => management.close())
  const appWarnings = management.configure()
  const relay: RelayParts = await buildRelay({
    settings,
    store,
    events,
    limits: () => configuration.limits,
    network: () => configuration.network,
    faults: plan,
    hits,
    entra: management.entra,
    now,
    report: (error) => logger.error({ err: error }, 'the relay failed to serve a request'),
  })
  opened.add(() => relay.close())
  const metrics = createMetrics({ events, live: relay.live, store })
  opened.add(() => metrics.close())

  const ports = await openRelayPorts({
    host: options.host,
    port: options.port,
    plainPort: options.plainPort,
    handshakeTimeoutMs: configuration.limits.handshakeTimeoutMs,
    context: certificate.context,
    attach: (server) => relay.app.attach(server),
  })
  opened.add(() => ports.close())
  certificate.onRenewed((context) => ports.useCertificate(context))
  certificate.onRenewFailed((error) =>
    logger.error({ err: error }, 'the certificate could not be renewed'),
  )
  const { port, plainPort } = ports
  const openDns = async (dnsPort: number) => {
    // Few want it.
    const { openDnsServer } = await import('./dns/dns-server.ts')
    return openDnsServer({
      host: options.host,
      port: dnsPort,
      zone: () => ({ stamp: configuration.network.stamp, namespaces: store.list() }),
      addresses: () => configuration.network.addresses,
    })
  }
  const dns = options.dnsPort === null ? null : await openDns(options.dnsPort)
  opened.add(() => dns?.close())
  const startedAt = new Date(now()).toISOString()
  const epoch = `e_${randomBytes(4).toString('hex')}`
  let adminUrl = ''

  const reload = async (): Promise<ReloadOutcome> => {
    const { next, outcome } = await readAgain({
      load: input.load,
      store,
      events,
      inForce: configuration,
      cover: (next) => certificate.cover(certificateHosts(store, next)),
    })
    // Who came in by another token is asked again.
    if (next.admin.token !== configuration.admin.token) sessions.endAll()
    configuration = next
    if (!outcome.ok) return outcome
    return { ...outcome, warnings: [...outcome.warnings, ...management.configure()] }
  }

  const reset = async () => {
    plan.clear()
    management.reset()
    settings.reset()
    await relay.reset(configuration.namespaces)
    management.configure()
  }
  const sessions = new Sessions({ now, random: randomBytes })
  const adminDeps: AdminDeps = {
    version: PACKAGE_VERSION,
    store,
    events,
    live: relay.live,
    hits,
    metrics,
    isReady: () => isReady,
    isStopping: () => isStopping,
    caPem: certificate.caPem,
    caFile: certificate.caFile,
    settings,
    access: management.access,
    get guard() {
      return configuration.admin
    },
    sessions,
    facts: () => ({
      startedAt,
      epoch,
      ...settings.current,
      gatewayStamp: configuration.network.gateways ? configuration.network.stamp : null,
      urls: {
        relay: `sb://localhost:${port}/`,
        plain: plainPort === null ? null : `http://localhost:${plainPort}/`,
        admin: adminUrl,
      },
    }),
    endpointPort: () => port,
    reload,
    reset,
    plugins: [
      (app) => faultRoutes(app, { store, plan, listeners: relay.listenerFaults }),
      management.plugin,
    ],
    outside: management.outside,
    entra: management.entra,
    appService: management.appService,
    now,
    logger,
  }
  const admin = await buildAdminApp(adminDeps)
  opened.add(() => admin.close())
  const armUrl = await management.listen(certificate)
  adminUrl = await admin.listen({ host: options.host, port: options.adminPort })

  const ready: ReadyDocument = {
    pid: process.pid,
    relay: { host: options.host, port, plainPort },
    admin: { url: adminUrl },
    arm: { url: armUrl },
    caFile: certificate.caFile,
    seed,
    namespaces: readyNamespaces(store.list(), port),
  }
  isReady = true
  if (options.readyFile !== null) await writeReadyFile(options.readyFile, ready)

  let closing: Promise<void> | undefined
  const close = async (drainMs: number): Promise<void> => {
    isStopping = true
    ports.stopAccepting()
    await relay.drain(drainMs)
    await ports.drained(LAST_WORDS_MS)
    await fileStore?.close()
    await opened.close()
  }
  const defaultDrainMs = input.isEmbedded ? 0 : DRAIN_MS

  return {
    ...inProcessFixture({
      store,
      events,
      live: relay.live,
      plan,
      listeners: relay.listenerFaults,
      caPem: certificate.caPem,
      port,
      adminUrl,
      reset,
    }),
    ready,
    dnsPort: dns?.port ?? null,
    options,
    feed: events,
    get namespaces() {
      return store.list()
    },
    get identity() {
      return configuration.identity
    },
    get arm() {
      return configuration.arm
    },
    caPem: certificate.caPem,
    loginLink: () =>
      configuration.admin.token === '' ? null : loginLink(adminUrl, sessions.issueCode().code),
    warnings: startWarnings({
      options,
      namespaces: store.list(),
      clashes: fileStore?.clashes ?? [],
      apps: appWarnings,
      replacedCa: certificate.replaced,
    }),
    async reload(): Promise<ReloadReport> {
      const outcome = await reload()
      return outcome.ok
        ? { ok: true, changes: [...outcome.changes, ...outcome.warnings] }
        : {
            ok: false,
            problems: outcome.problems.map((problem) =>
              formatProblem({ ...problem, file: outcome.file }),
            ),
          }
    },
    close: ({ drainMs = defaultDrainMs } = {}) => (closing ??= close(drainMs)),
    [Symbol.asyncDispose]: () => (closing ??= close(defaultDrainMs)),
  }
}

/** Names the certificate must hold beside the emulator's own. */
function certificateHosts(store: MemoryStore, { arm }: Configuration): string[] {
  return [...store.list().flatMap((namespace) => namespaceHosts(namespace)), ...arm.hosts]
}

/** What must be closed again, the last first. */
class Opened {
  readonly #closers: (() => unknown)[] = []

  add(closer: () => unknown): void {
    this.#closers.push(closer)
  }

  async close(): Promise<void> {
    for (const closer of this.#closers.splice(0).reverse()) await closer()
  }
}
