import { isLoopback, relayUserAgent } from '../client/endpoint.ts'
import { createSender } from '../client/sender.ts'
import { formatConnectionString } from '../protocol/connection-string.ts'
import type { RelayEvent } from '../server/events.ts'
import { type AdminClient, type AdminFlags, adminClient, segment } from './admin-client.ts'
import { type AppConnection, asCliError, readCa } from './app-connections.ts'
import { CliError, EXIT } from './failure.ts'
import type { CliIo } from './io.ts'

export type SiteFlags = AdminFlags & {
  readonly site?: string | undefined
  readonly ca?: string | undefined
  readonly name?: string | undefined
}

/** A hybrid connection as a site has it. */
export type SiteConnection = {
  readonly namespace: string
  readonly name: string
  readonly host: string
  readonly port: number
  readonly keyName: string
  readonly key: string
}

/** How long the emulator holds a question open, seconds, and how much longer we wait, ms. */
const WAIT_SECONDS = 20
const MARGIN_MS = 10_000
/** Before the emulator is asked again when it could not be reached, ms. */
const RETRY_MS = 1_000

/** The hybrid connections of an app of the running emulator, now and later. Made by {@link openSite}. */
export type Site = {
  /** What is attached now, with the keys that the app holds. */
  connections(): Promise<readonly SiteConnection[]>
  /** Opens the way through one of them. */
  open(connection: SiteConnection): AppConnection
  /** Calls `changed` after each change of what is attached, until `signal`. Outages are waited out. */
  follow(
    changed: (connections: readonly SiteConnection[]) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void>
}

/** `--site NAME` or `NAME/SLOT`. The emulator's own CA is trusted. */
export async function openSite(site: string, flags: SiteFlags, io: CliIo): Promise<Site> {
  const admin = adminClient(flags, io.env)
  const [app = '', slot] = site.split('/')
  const path = `/apps/${segment(app)}/listKeys${slot ? `?slot=${encodeURIComponent(slot)}` : ''}`
  const connections = async () =>
    (await admin.post<{ items: readonly SiteConnection[] }>(path)).items
  const { urls } = await admin.get<{ urls: { relay: string } }>('/overview')
  const relayPort = Number(new URL(urls.relay).port || 443)
  const given = await readCa(flags.ca ?? io.env.RELAY_EMULATOR_CA, io)
  const ca = given ?? (await admin.caPem()) ?? undefined
  return {
    connections,
    open: (connection) =>
      openConnection(connection, { admin, relayPort, ca, appName: flags.name ?? site }),
    async follow(changed, signal) {
      let last: number | undefined
      while (!signal.aborted) {
        try {
          last ??= (await admin.get<{ lastEvent: number }>('/overview', { signal })).lastEvent
          const events = await eventsAfter(admin, last, signal)
          last = events.at(-1)?.n ?? last
          // Only what is attached is of interest, and only that is a reason to have keys listed.
          if (events.some(isChange)) await changed(await connections())
        } catch (error) {
          if (signal.aborted) return
          // Another one that was started meanwhile counts anew.
          last = undefined
          if (!(error instanceof CliError)) throw error
          await pause(RETRY_MS, signal)
          await connections().then(changed, () => undefined)
        }
      }
    },
  }
}

function openConnection(
  { namespace, name, host, port, keyName, key }: SiteConnection,
  {
    admin,
    relayPort,
    ca,
    appName,
  }: {
    readonly admin: AdminClient
    readonly relayPort: number
    readonly ca: string | undefined
    readonly appName: string
  },
): AppConnection {
  const here = admin.url.hostname.replace(/^\[(.*)\]$/, '$1')
  // The name chooses the namespace; the client leads names below localhost to loopback.
  const relayHost = isLoopback(here) ? `${namespace}.servicebus.localhost` : here
  const label = `${namespace}/${name}`
  if (key === '') {
    throw new CliError(
      EXIT.failed,
      `the app has no send key for ${label}`,
      'az appservice hybrid-connection set-key',
    )
  }
  try {
    const sender = createSender({
      connectionString: formatConnectionString({
        endpoint: `sb://${relayHost}:${relayPort}/`,
        keyName,
        key,
        entityPath: name,
      }),
      ca,
      userAgent: relayUserAgent('app', appName),
    })
    return { sender, label, endpoint: { host, port } }
  } catch (error) {
    throw asCliError(error)
  }
}

function isChange({ type }: RelayEvent): boolean {
  return type === 'entityChanged'
}

async function eventsAfter(
  admin: AdminClient,
  after: number,
  signal: AbortSignal,
): Promise<readonly RelayEvent[]> {
  const { items } = await admin.get<{ items: readonly RelayEvent[] }>(
    `/events?after=${after}&limit=10000&wait=${WAIT_SECONDS}`,
    { timeoutMs: WAIT_SECONDS * 1_000 + MARGIN_MS, signal },
  )
  return items
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  const { setTimeout } = await import('node:timers/promises')
  await setTimeout(ms, undefined, { signal }).catch(() => undefined)
}
