import { connect } from 'node:net'
import { performance } from 'node:perf_hooks'
import { diagnose } from '../../console/diagnosis.ts'
import type { Endpoint } from '../../protocol/user-metadata.ts'
import { attempt } from '../app-attempt.ts'
import {
  type AppConnection,
  type AppFlags,
  asCliError,
  formatHostPort,
  openConnections,
  readHostPort,
} from '../app-connections.ts'
import { type SiteFlags, openSite } from '../app-site.ts'
import { CliError, EXIT } from '../failure.ts'
import type { CliIo } from '../io.ts'

export type AppTcppingFlags = AppFlags & SiteFlags & { readonly endToEnd?: boolean | undefined }

const CONNECT_TIMEOUT_MS = 5_000

/**
 * `app tcpping`: for the pair of a hybrid connection tells that one is configured, which proves no more, as the tool of
 * App Service does; with `endToEnd` opens a tunnel. Any other pair is connected to over TCP. Throws 3 when it fails.
 */
export async function appTcpping(
  target: string,
  flags: AppTcppingFlags,
  io: CliIo,
): Promise<number> {
  const place = readHostPort(target)
  const isAsked = Boolean(flags.connect?.length || flags.connectFile?.length)
  const connections = [
    ...(isAsked ? await openConnections(flags, io) : []),
    ...(flags.site === undefined ? [] : await siteConnections(flags.site, flags, io)),
  ]
  try {
    const found = connections.find(({ endpoint }) => isSame(endpoint, place))
    if (!found) {
      if (flags.endToEnd) {
        throw new CliError(
          EXIT.usage,
          `no hybrid connection of those given has the endpoint ${formatHostPort(place)}`,
          connections.map(({ endpoint }) => formatHostPort(endpoint)).join(', ') || '--connect',
        )
      }
      return await ping(place, io)
    }
    return flags.endToEnd ? await pingThrough(found, io) : tellConfigured(found, io)
  } finally {
    await Promise.all(connections.map(({ sender }) => sender.close()))
  }
}

async function siteConnections(
  name: string,
  flags: SiteFlags,
  io: CliIo,
): Promise<readonly AppConnection[]> {
  const site = await openSite(name, flags, io)
  return (await site.connections()).map((connection) => site.open(connection))
}

function isSame(a: Endpoint, b: Endpoint): boolean {
  return a.host.toLowerCase() === b.host.toLowerCase() && a.port === b.port
}

function tellConfigured({ endpoint, label }: AppConnection, io: CliIo): number {
  const place = formatHostPort(endpoint)
  io.stdout.write(
    `a hybrid connection (${label}) is configured for ${place}; this does not prove that ${place} is reached\n` +
      `  try: relay-emulator app tcpping ${place} --end-to-end\n`,
  )
  return EXIT.fine
}

async function pingThrough({ sender, endpoint, label }: AppConnection, io: CliIo): Promise<number> {
  const startedAt = performance.now()
  const outcome = await attempt(sender)
  const { broken } = diagnose({
    name: label,
    appHost: endpoint,
    entity: { exists: true, endpoint },
    attempt: outcome,
    listeners: null,
  })
  if (broken) {
    const exitCode = broken.rule === 'sender-refused' ? EXIT.unauthorised : EXIT.unreachable
    throw new CliError(exitCode, `${broken.hop}: ${broken.why}`, broken.next[0])
  }
  const ms = (performance.now() - startedAt).toFixed(1)
  const seen = outcome.outcome === 'open' && outcome.bytes > 0 ? 'it sent data' : 'it stayed open'
  io.stdout.write(`reached ${formatHostPort(endpoint)} through ${label} in ${ms} ms; ${seen}\n`)
  return EXIT.fine
}

async function ping(place: Endpoint, io: CliIo): Promise<number> {
  const startedAt = performance.now()
  try {
    await new Promise<void>((resolve, reject) => {
      const socket = connect({ ...place, signal: AbortSignal.timeout(CONNECT_TIMEOUT_MS) })
      socket.once('error', reject).once('connect', () => {
        socket.destroy()
        resolve()
      })
    })
  } catch (error) {
    throw unreachable(place, error)
  }
  const ms = (performance.now() - startedAt).toFixed(1)
  io.stdout.write(`connected to ${formatHostPort(place)} in ${ms} ms\n`)
  return EXIT.fine
}

function unreachable(place: Endpoint, error: unknown): unknown {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error
  const { code, message, name } = first as NodeJS.ErrnoException
  const why = name === 'AbortError' ? `no answer in ${CONNECT_TIMEOUT_MS} ms` : (code ?? message)
  return new CliError(
    EXIT.unreachable,
    `cannot connect to ${formatHostPort(place)}: ${why}`,
    undefined,
    { cause: asCliError(error) },
  )
}
