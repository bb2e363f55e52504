import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import path from 'node:path'
import { RelayClientError } from '../client/errors.ts'
import { relayUserAgent } from '../client/endpoint.ts'
import { type RelaySender, createSender } from '../client/sender.ts'
import { type Endpoint, parseEndpoint, readEndpoint } from '../protocol/user-metadata.ts'
import { readText } from './connect-input.ts'
import { CliError, EXIT, type ExitCode } from './failure.ts'
import type { CliIo } from './io.ts'

/** The flags that all commands of the app side have. Each may be given more than once, but `ca`, `name` and `mask`. */
export type AppFlags = {
  readonly connect?: readonly string[] | undefined
  readonly connectFile?: readonly string[] | undefined
  readonly endpoint?: readonly string[] | undefined
  readonly ca?: string | undefined
  readonly name?: string | undefined
  readonly mask?: 'random' | 'zero' | undefined
}

/** A hybrid connection as an app uses it. */
export type AppConnection = {
  readonly sender: RelaySender
  /** For people: `HOST/ENTITY`, without a key. */
  readonly label: string
  readonly endpoint: Endpoint
}

/** Makes the senders of `--connect` and `--connect-file`. Throws 2 when there is none, ConnectionStringError. */
export async function readSenders(flags: AppFlags, io: CliIo): Promise<readonly RelaySender[]> {
  const texts = [...(flags.connect ?? [])]
  for (const file of flags.connectFile ?? []) texts.push(await readText(file, io))
  if (texts.length === 0) {
    throw new CliError(
      EXIT.usage,
      'no hybrid connection is named: --connect or --connect-file is needed',
      'relay-emulator connection-string',
    )
  }
  const options = {
    ca: await readCa(flags.ca ?? io.env.RELAY_EMULATOR_CA, io),
    userAgent: relayUserAgent('app', flags.name ?? hostname()),
    zeroMask: flags.mask === 'zero',
  }
  return texts.map((connectionString) => {
    try {
      return createSender({ connectionString, ...options })
    } catch (error) {
      throw asCliError(error)
    }
  })
}

/**
 * Makes the senders and learns each endpoint, from `--endpoint` or else from the relay. Throws 2 for endpoints that do
 * not fit, 3 for a relay that cannot be reached, 4 where it refuses, 1 where the hybrid connection names no endpoint.
 */
export async function openConnections(
  flags: AppFlags,
  io: CliIo,
): Promise<readonly AppConnection[]> {
  const senders = await readSenders(flags, io)
  const given = flags.endpoint ?? []
  if (given.length > 0 && given.length !== senders.length) {
    throw new CliError(
      EXIT.usage,
      `${given.length} endpoints are given for ${senders.length} hybrid connections`,
      'one --endpoint for each, in the order of the connection strings, or none',
    )
  }
  const connections = await Promise.all(
    senders.map(async (sender, index) => {
      const text = given[index]
      const endpoint = text === undefined ? await askEndpoint(sender) : readHostPort(text)
      return { sender, label: labelOf(sender), endpoint }
    }),
  )
  return connections
}

/** `HOST/ENTITY` of a sender. */
export function labelOf({ endpoint: { host, entityPath } }: RelaySender): string {
  return `${host}/${entityPath}`
}

/** Reads HOST:PORT. Throws 2. */
export function readHostPort(text: string, isFreePortAllowed = false): Endpoint {
  const free = isFreePortAllowed ? /^(.+):0$/.exec(text)?.[1] : undefined
  const endpoint = parseEndpoint(free === undefined ? text : `${free}:1`)
  if (!endpoint)
    throw new CliError(
      EXIT.usage,
      `"${text}" is not of the form HOST:PORT`,
      'a name and a port from 1 to 65535, e.g. db.corp.local:5432',
    )
  return free === undefined ? endpoint : { host: endpoint.host, port: 0 }
}

/** `HOST:PORT`, IPv6 in brackets. */
export function formatHostPort({ host, port }: Endpoint): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** The certificates of `--ca`, PEM. Throws 2. */
export async function readCa(file: string | undefined, io: CliIo): Promise<string | undefined> {
  if (!file) return undefined
  try {
    return await readFile(path.resolve(io.cwd, file), 'utf8')
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unreadable'
    throw new CliError(EXIT.usage, `cannot read the CA ${file}: ${code}`, undefined, { cause })
  }
}

/** A fault of the relay or of the way to it with the exit code it means and the next step; others as they are. */
export function asCliError(error: unknown, next?: string): unknown {
  if (!(error instanceof RelayClientError)) return error
  const exitCode = exitCodeOf(error)
  return new CliError(exitCode, withoutTracking(error.message), next ?? NEXT.get(exitCode), {
    cause: error,
  })
}

/** A relay's text without the suffix that only its logs need. */
export function withoutTracking(message: string): string {
  return message.replace(/ TrackingId:.*$/s, '')
}

const NEXT: ReadonlyMap<ExitCode, string> = new Map([
  [EXIT.unreachable, 'relay-emulator status; --ca FILE if its certificate is not trusted'],
  [EXIT.unauthorised, 'relay-emulator connection-string, for a rule with the right Send'],
])

function exitCodeOf({ code }: RelayClientError): ExitCode {
  if (/^RELAY_(?:UNREACHABLE|TLS_UNTRUSTED|TIMEOUT|CONNECTION_LOST|STOPPING)$/.test(code)) {
    return EXIT.unreachable
  }
  if (/^RELAY_(?:TOKEN_|CLAIM_|IP_)/.test(code)) return EXIT.unauthorised
  return code === 'RELAY_OPTIONS_INVALID' ? EXIT.usage : EXIT.failed
}

async function askEndpoint(sender: RelaySender): Promise<Endpoint> {
  const { userMetadata } = await sender.runtimeInformation().catch((error: unknown) => {
    const isRefused = error instanceof RelayClientError && exitCodeOf(error) === EXIT.unauthorised
    throw asCliError(error, isRefused ? '--endpoint HOST:PORT, which asks nobody' : undefined)
  })
  const endpoint = readEndpoint(userMetadata)
  if (endpoint) return endpoint
  throw new CliError(
    EXIT.failed,
    `${labelOf(sender)} names no endpoint in its userMetadata`,
    '--endpoint HOST:PORT',
  )
}
