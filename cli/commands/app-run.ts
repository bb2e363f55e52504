import type { RedirectTarget } from '../../client/dns-redirect.ts'
import { type Ending, endAs, runChild } from '../child.ts'
import { explainExemption, redirectExemption } from '../../client/redirect-exemption.ts'
import {
  type AppConnection,
  type AppFlags,
  formatHostPort,
  openConnections,
  withoutTracking,
} from '../app-connections.ts'
import { type AppWay, openWay } from '../app-way.ts'
import type { SiteFlags } from '../app-site.ts'
import { CliError, EXIT } from '../failure.ts'
import type { CliIo } from '../io.ts'
import { prepareForTunnels } from '../../console/tunnel-process.ts'

export type AppRunFlags = AppFlags & SiteFlags & { readonly quiet?: boolean | undefined }

/**
 * `app run`: runs a program whose connections to the endpoints go through their hybrid connections, and ends as it
 * ends. What is led where, and what is not, is told on standard error unless `quiet`.
 */
export async function appRun(
  command: readonly string[],
  flags: AppRunFlags,
  io: CliIo,
): Promise<number> {
  prepareForTunnels()
  if (flags.site !== undefined) {
    const { runWithSite } = await import('../app-site-run.ts')
    return endAs(await runWithSite(command, { ...flags, site: flags.site }, io))
  }
  const connections = await openConnections(flags, io)
  const say = (text: string) => void io.stderr.write(`relay-emulator: ${text}\n`)
  const note = flags.quiet ? () => undefined : say
  refuseTwins(connections)
  for (const { endpoint, label } of connections) {
    const exemption = redirectExemption(endpoint.host)
    if (!exemption) continue
    // The one thing that a person must know even in quiet mode: this endpoint will not be reached.
    say(`${formatHostPort(endpoint)} (${label}) is not redirected: ${explainExemption(exemption)}`)
  }
  const targets = connections
    .filter(({ endpoint }) => !redirectExemption(endpoint.host))
    .map(({ endpoint, sender }) => ({ ...endpoint, sender }))
  try {
    // Ending as the program ended may be the end of this process, so everything is closed before.
    return endAs(await runLed(command, targets, { connections, note, io }))
  } finally {
    await Promise.all(connections.map(({ sender }) => sender.close()))
  }
}

async function runLed(
  command: readonly string[],
  targets: readonly RedirectTarget[],
  more: {
    readonly connections: readonly AppConnection[]
    readonly note: (text: string) => void
    readonly io: CliIo
  },
): Promise<Ending> {
  const { connections, note, io } = more
  if (targets.length === 0) return runChild(command, io.env)
  const way = await openWay(command, targets, io)
  way.redirect.on('fault', (endpoint, error) =>
    note(`${endpoint}: ${withoutTracking(error.message)}`),
  )
  describe(way, connections).forEach(note)
  try {
    return await runChild(way.command, way.env)
  } finally {
    await way.close()
  }
}

/** App Service takes a pair of host and port only once as well. */
function refuseTwins(connections: readonly AppConnection[]): void {
  const seen = new Map<string, string>()
  for (const { endpoint, label } of connections) {
    const key = formatHostPort(endpoint).toLowerCase()
    const other = seen.get(key)
    if (other !== undefined) {
      throw new CliError(EXIT.usage, `${other} and ${label} both lead to ${key}`, 'one of the two')
    }
    seen.set(key, label)
  }
}

function describe(way: AppWay, connections: readonly AppConnection[]): readonly string[] {
  return way.redirect.redirections.map((redirection) => {
    const endpoint = formatHostPort(redirection)
    const label = connections.find((each) => formatHostPort(each.endpoint) === endpoint)?.label
    const place = formatHostPort({ host: redirection.address, port: redirection.localPort })
    const means = way.kind === 'preload' ? 'by a preload, in Node programs alone' : `at ${place}`
    return `${endpoint} -> ${label} ${means}; TCP only, other ports of this host are refused`
  })
}
