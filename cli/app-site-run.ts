import { RelayClientError } from '../client/errors.ts'
import type { TunnelSource } from '../client/port-forwarder.ts'
import { explainExemption, redirectExemption } from '../client/redirect-exemption.ts'
import type { RelaySender } from '../client/sender.ts'
import { type AppFlags, formatHostPort, withoutTracking } from './app-connections.ts'
import { type Site, type SiteConnection, type SiteFlags, openSite } from './app-site.ts'
import { type AppWay, openWay } from './app-way.ts'
import { type Ending, runChild } from './child.ts'
import { CliError, EXIT } from './failure.ts'
import type { CliIo } from './io.ts'

type Flags = AppFlags & SiteFlags & { readonly site: string; readonly quiet?: boolean | undefined }

/** One hybrid connection as it is led now; a new key is another sender behind the same source. */
type Led = { row: SiteConnection; sender: RelaySender; readonly source: TunnelSource }

/**
 * Runs a program with the hybrid connections of an app of the running emulator. What is attached, detached or given
 * another key meanwhile holds for the program's next connection. Throws 2 with connection strings beside the app.
 */
export async function runWithSite(
  command: readonly string[],
  flags: Flags,
  io: CliIo,
): Promise<Ending> {
  if (flags.connect?.length || flags.connectFile?.length || flags.endpoint?.length) {
    throw new CliError(
      EXIT.usage,
      '--site and connection strings exclude one another',
      'one of them',
    )
  }
  const site = await openSite(flags.site, flags, io)
  const say = (text: string) => void io.stderr.write(`relay-emulator: ${text}\n`)
  const follower = new SiteFollower(site, flags.quiet ? () => undefined : say)
  const ended = new AbortController()
  let way: AppWay | undefined
  try {
    const targets = follower.start(await site.connections())
    way = await openWay(command, targets, io)
    way.redirect.on('fault', (endpoint, error) =>
      follower.note(`${endpoint}: ${withoutTracking(error.message)}`),
    )
    const opened = way
    const following = site.follow((rows) => follower.change(rows, opened), ended.signal)
    following.catch((error: Error) => say(`the app is not followed any more: ${error.message}`))
    return await runChild(way.command, way.env)
  } finally {
    ended.abort()
    await way?.close()
    await follower.close()
  }
}

class SiteFollower {
  readonly note: (text: string) => void
  readonly #site: Site
  readonly #led = new Map<string, Led>()
  /** Senders whose key was replaced; tunnels of theirs may be open. */
  readonly #replaced: RelaySender[] = []
  /** The keys being asked for, for all connections that wait for them. */
  #asking: Promise<void> | undefined

  constructor(site: Site, note: (text: string) => void) {
    this.#site = site
    this.note = note
  }

  /** The endpoints to lead from the start. */
  start(rows: readonly SiteConnection[]) {
    return rows.flatMap((row) => {
      const led = this.#open(row)
      return led ? [{ host: row.host, port: row.port, sender: led.source }] : []
    })
  }

  async change(rows: readonly SiteConnection[], way: AppWay): Promise<void> {
    const now = new Map(rows.map((row) => [keyOf(row), row]))
    for (const [key, led] of this.#led) {
      if (now.has(key)) continue
      this.#led.delete(key)
      await way.remove(led.row.host, led.row.port)
      this.#replaced.push(led.sender)
      this.note(`${formatHostPort(led.row)} is not led any more: ${nameOf(led.row)} was detached`)
    }
    this.#takeKeys(rows)
    for (const [key, row] of now) {
      if (!this.#led.has(key)) await this.#add(row, way)
    }
  }

  async close(): Promise<void> {
    const senders = [...this.#led.values()].map(({ sender }) => sender)
    await Promise.all([...senders, ...this.#replaced].map((sender) => sender.close()))
  }

  async #add(row: SiteConnection, way: AppWay): Promise<void> {
    const led = this.#open(row)
    if (!led) return
    const isLed = await way.add({ host: row.host, port: row.port, sender: led.source })
    if (!isLed) this.note(`${formatHostPort(row)} is led when the program is started again`)
  }

  /** Undefined for an endpoint that is not redirected, or an app without a key; the note says so. */
  #open(row: SiteConnection): Led | undefined {
    const exemption = redirectExemption(row.host)
    if (exemption) {
      this.note(`${formatHostPort(row)} is not redirected: ${explainExemption(exemption)}`)
      return undefined
    }
    try {
      const { sender } = this.#site.open(row)
      const led: Led = {
        row,
        sender,
        source: { openTunnel: (options) => this.#openTunnel(led, options) },
      }
      this.#led.set(keyOf(row), led)
      this.note(`${formatHostPort(row)} -> ${nameOf(row)}`)
      return led
    } catch (error) {
      if (!(error instanceof CliError)) throw error
      this.note(error.message)
      return undefined
    }
  }

  /**
   * Opens a tunnel with the key that the app has. A key may be regenerated while a connection that it signed is on its
   * way, and sooner than we hear of the app's new one: what the relay refuses is asked for again with the key of now.
   */
  async #openTunnel(led: Led, options: Parameters<TunnelSource['openTunnel']>[0]) {
    for (;;) {
      const { sender } = led
      try {
        return await sender.openTunnel(options)
      } catch (error) {
        const isRefused = error instanceof RelayClientError && error.code === 'RELAY_TOKEN_INVALID'
        if (!isRefused) throw error
        if (led.sender === sender) await this.#askForKeys()
        if (led.sender === sender) throw error
      }
    }
  }

  /** Takes the keys that the app has now; an emulator that does not answer leaves them as they are. */
  #askForKeys(): Promise<void> {
    this.#asking ??= this.#site
      .connections()
      .then(
        (rows) => this.#takeKeys(rows),
        () => undefined,
      )
      .finally(() => (this.#asking = undefined))
    return this.#asking
  }

  #takeKeys(rows: readonly SiteConnection[]): void {
    for (const row of rows) {
      const led = this.#led.get(keyOf(row))
      if (led && (led.row.key !== row.key || led.row.keyName !== row.keyName)) this.#renew(led, row)
    }
  }

  #renew(led: Led, row: SiteConnection): void {
    try {
      const { sender } = this.#site.open(row)
      this.#replaced.push(led.sender)
      led.sender = sender
      led.row = row
      this.note(`${nameOf(row)}: the app has another key now`)
    } catch (error) {
      if (!(error instanceof CliError)) throw error
      this.note(error.message)
    }
  }
}

/** Another endpoint is another way. */
function keyOf(row: SiteConnection): string {
  return `${nameOf(row)} ${formatHostPort(row)}`.toLowerCase()
}

function nameOf({ namespace, name }: SiteConnection): string {
  return `${namespace}/${name}`
}
