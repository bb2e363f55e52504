import { relayUserAgent } from '../../client/endpoint.ts'
import { createSender, type RelaySender } from '../../client/sender.ts'
import { type Diagnosis, diagnose } from '../../console/diagnosis.ts'
import { type AdminClient, type AdminFlags, adminClient, isRunning } from '../admin-client.ts'
import { attempt } from '../app-attempt.ts'
import { asCliError, readCa, readHostPort } from '../app-connections.ts'
import { type EntityName, emulatorFacts, ownSender, senderFacts } from '../app-facts.ts'
import { CliError, EXIT } from '../failure.ts'
import type { CliIo } from '../io.ts'
import { readText } from '../connect-input.ts'
import { formatTable, plainText } from '../../console/table.ts'

export type ExplainFlags = AdminFlags & {
  readonly appHost?: string | undefined
  readonly connect?: string | undefined
  readonly connectFile?: string | undefined
  readonly ca?: string | undefined
  readonly output: 'table' | 'json'
}

/**
 * `explain`: walks the way of an app's byte, hop by hop, and names the first broken one. 0 when nothing is seen to
 * fail, 1 when a hop is broken. Throws 3 when there is neither an emulator to ask nor a connection string to try.
 */
export async function explain(path: string, flags: ExplainFlags, io: CliIo): Promise<number> {
  const name = readName(path)
  const appHost = flags.appHost === undefined ? null : readHostPort(flags.appHost)
  const given = await readConnectText(flags, io)
  const admin = adminClient(flags, io.env)
  const emulator = given !== undefined && !(await isRunning(admin)) ? undefined : admin
  const sender = await senderOf(name, { given, flags, emulator, io })
  try {
    const tried = sender ? await attempt(sender) : null
    const known = emulator
      ? await emulatorFacts(emulator, name)
      : sender
        ? await senderFacts(sender)
        : { entity: null, listeners: null }
    const diagnosis = diagnose({ name: path, appHost, attempt: tried, ...known })
    io.stdout.write(
      flags.output === 'json'
        ? `${JSON.stringify({ name: path, ...diagnosis }, null, 2)}\n`
        : formatDiagnosis(path, diagnosis),
    )
    return diagnosis.broken ? EXIT.failed : EXIT.fine
  } finally {
    await sender?.close()
  }
}

async function senderOf(
  name: EntityName,
  input: {
    readonly given: string | undefined
    readonly flags: ExplainFlags
    readonly emulator: AdminClient | undefined
    readonly io: CliIo
  },
): Promise<RelaySender | undefined> {
  const { given, flags, emulator, io } = input
  const own = await readCa(flags.ca ?? io.env.RELAY_EMULATOR_CA, io)
  const ca = own ?? (await emulator?.caPem()) ?? undefined
  if (given === undefined) return emulator && ownSender(emulator, name, ca)
  try {
    const sender = createSender({
      connectionString: given,
      ca,
      userAgent: relayUserAgent('app', 'explain'),
    })
    const { entityPath } = sender.endpoint
    if (entityPath.toLowerCase() === name.hybridConnection.toLowerCase()) return sender
    throw new CliError(
      EXIT.usage,
      `the connection string is for ${entityPath}, not for ${name.hybridConnection}`,
      `relay-emulator connection-string ${name.namespace}/${name.hybridConnection}`,
    )
  } catch (error) {
    throw asCliError(error)
  }
}

async function readConnectText(flags: ExplainFlags, io: CliIo): Promise<string | undefined> {
  if (flags.connect !== undefined && flags.connectFile !== undefined) {
    throw new CliError(EXIT.usage, '--connect and --connect-file are both given', 'one of the two')
  }
  return flags.connectFile === undefined ? flags.connect : readText(flags.connectFile, io)
}

/** Reads NAMESPACE/HYBRID-CONNECTION, whose second part may hold slashes. Throws 2. */
export function readName(path: string): EntityName {
  const at = path.indexOf('/')
  if (at > 0 && at < path.length - 1) {
    return { namespace: path.slice(0, at), hybridConnection: path.slice(at + 1) }
  }
  throw new CliError(
    EXIT.usage,
    `"${path}" is not of the form NAMESPACE/HYBRID-CONNECTION`,
    'relay-emulator status',
  )
}

function formatDiagnosis(path: string, { hops, broken }: Diagnosis): string {
  const table = formatTable(
    [
      { title: 'hop', of: ({ hop }) => hop },
      { title: 'state', of: ({ state }) => state },
      { title: 'why', of: ({ why }) => why },
    ],
    hops,
  )
  const end = broken
    ? [
        `${path} breaks at the ${broken.hop}: ${broken.why}`,
        ...broken.next.map((step) => `  try: ${step}`),
      ]
    : [`${path}: nothing is seen to fail`]
  return `${table}\n${end.map((line) => `${plainText(line)}\n`).join('')}`
}
