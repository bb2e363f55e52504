import path from 'node:path'
import process from 'node:process'
import { type PortForwarder, forwardPort } from '../../client/port-forwarder.ts'
import { joinTunnel } from '../../client/tunnel.ts'
import {
  type AppConnection,
  type AppFlags,
  asCliError,
  formatHostPort,
  labelOf,
  openConnections,
  readHostPort,
  readSenders,
  withoutTracking,
} from '../app-connections.ts'
import { stdioStream } from '../app-stdio.ts'
import { CliError, EXIT } from '../failure.ts'
import type { CliIo } from '../io.ts'
import { catchSignals } from '../../console/stop-signal.ts'
import { writeReadyFile } from '../../console/ready-file.ts'
import { prepareForTunnels } from '../../console/tunnel-process.ts'

export type AppForwardFlags = AppFlags & {
  readonly listen?: string | undefined
  readonly bind?: string | undefined
  readonly readyFile?: string | undefined
  readonly stdio?: boolean | undefined
}

/** Where a lone hybrid connection is forwarded from when no flag says it. */
const DEFAULT_LISTEN = '127.0.0.1:0'

/** `app forward`: leads local ports, or standard input and output, through hybrid connections until it is stopped. */
export async function appForward(flags: AppForwardFlags, io: CliIo): Promise<number> {
  checkFlags(flags)
  if (flags.stdio) return forwardStdio(flags, io)
  prepareForTunnels()
  const places = await readPlaces(flags, io)
  const signals = catchSignals(() => undefined)
  const forwarders: PortForwarder[] = []
  try {
    for (const { sender, host, port, name } of places) {
      const forwarder = await forwardPort({ sender, host, port }).catch((error: unknown) => {
        throw listenFault(error, { host, port })
      })
      forwarders.push(forwarder)
      forwarder.on('fault', (error) =>
        io.stderr.write(`relay-emulator: ${name}: ${withoutTracking(error.message)}\n`),
      )
      io.stdout.write(`${formatHostPort(forwarder.address)} -> ${name}\n`)
    }
    await writeReady(flags.readyFile, forwarders, io)
    await signals.requested
    return EXIT.fine
  } finally {
    signals.release()
    await Promise.all(forwarders.map((forwarder) => forwarder.close()))
    await Promise.all(places.map(({ sender }) => sender.close()))
  }
}

type Place = {
  readonly sender: AppConnection['sender']
  readonly host: string
  readonly port: number
  /** For people: the hybrid connection, and its endpoint where it had to be known. */
  readonly name: string
}

/** Only `--bind` needs to know the endpoints: their ports are opened. */
async function readPlaces(flags: AppForwardFlags, io: CliIo): Promise<readonly Place[]> {
  if (flags.bind !== undefined) {
    const { bind } = flags
    const connections = await openConnections(flags, io)
    refuseSharedPort(connections)
    return connections.map(({ sender, label, endpoint }) => ({
      sender,
      host: bind,
      port: endpoint.port,
      name: `${label} (${formatHostPort(endpoint)})`,
    }))
  }
  const senders = await readSenders(flags, io)
  const [sender, second] = senders
  if (!sender || second) {
    throw new CliError(
      EXIT.usage,
      'one port cannot lead to several hybrid connections',
      '--bind 127.0.0.1, which opens the port of each endpoint',
    )
  }
  const place = readHostPort(flags.listen ?? DEFAULT_LISTEN, true)
  return [{ sender, ...place, name: labelOf(sender) }]
}

/** Names tell endpoints apart, but what arrives at a bound address no longer says which name was meant. */
function refuseSharedPort(connections: readonly AppConnection[]): void {
  const byPort = new Map<number, string>()
  for (const { endpoint } of connections) {
    const place = formatHostPort(endpoint)
    const other = byPort.get(endpoint.port)
    if (other !== undefined) {
      throw new CliError(
        EXIT.usage,
        `${other} and ${place} have the same port, which --bind can open only once`,
        'an app forward for each, with another --bind address; or app run',
      )
    }
    byPort.set(endpoint.port, place)
  }
}

function checkFlags(flags: AppForwardFlags): void {
  const ways = [flags.stdio && '--stdio', flags.listen && '--listen', flags.bind && '--bind']
  const given = ways.filter(Boolean)
  if (given.length > 1) {
    throw new CliError(EXIT.usage, `${given.join(' and ')} exclude each other`, 'one of them')
  }
  if (flags.stdio && flags.readyFile) {
    throw new CliError(EXIT.usage, '--stdio has no port to tell in a ready file')
  }
}

function listenFault(error: unknown, place: { host: string; port: number }): unknown {
  const { code } = error as NodeJS.ErrnoException
  if (code === undefined) return error
  const where = formatHostPort(place)
  const reasons: Readonly<Record<string, readonly [string, string]>> = {
    EACCES: [
      `port ${place.port} may not be opened without more rights`,
      `--listen 127.0.0.1:0, which prints the port it takes; or sysctl net.ipv4.ip_unprivileged_port_start=${place.port}; or root`,
    ],
    EADDRINUSE: ['another program uses it', '--listen 127.0.0.1:0, or --bind 127.0.0.2'],
    EADDRNOTAVAIL: ['this machine has no such address', '--bind 127.0.0.1'],
    ENOTFOUND: ['the name does not resolve', '--bind 127.0.0.1'],
    // As the system says it where no name server answers.
    EAI_AGAIN: ['the name does not resolve', '--bind 127.0.0.1'],
  }
  const [why, next] = reasons[code] ?? [code, undefined]
  return new CliError(EXIT.failed, `cannot listen on ${where}: ${why}`, next, { cause: error })
}

async function writeReady(
  file: string | undefined,
  forwarders: readonly PortForwarder[],
  io: CliIo,
): Promise<void> {
  const [first] = forwarders
  if (file === undefined || !first) return
  const ready = { pid: process.pid, ...first.address }
  await writeReadyFile(path.resolve(io.cwd, file), ready)
}

async function forwardStdio(flags: AppForwardFlags, io: CliIo): Promise<number> {
  const [sender, second] = await readSenders(flags, io)
  if (!sender || second) {
    throw new CliError(EXIT.usage, '--stdio leads to exactly one hybrid connection')
  }
  try {
    const frames = await sender.openTunnel()
    await joinTunnel(stdioStream(), frames)
    return EXIT.fine
  } catch (error) {
    throw asCliError(error)
  } finally {
    await sender.close()
  }
}
