import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { catchSignals } from '../../console/stop-signal.ts'
import { formatTable } from '../../console/table.ts'
import {
  type ClientSubject,
  FEATURES,
  type Feature,
  type RelaySubject,
  type Report,
  type Role,
  TargetError,
  casesOf,
  htmlReport,
  junitReport,
  runConformance,
  summarize,
  tapEnd,
  tapHead,
  tapPoint,
} from '../../e2e/conformance/index.ts'
import { duration, naturalNumber } from '../../protocol/parse.ts'
import { asCliError, readCa } from '../app-connections.ts'
import { readText } from '../connect-input.ts'
import { CliError, EXIT } from '../failure.ts'
import type { CliIo } from '../io.ts'

export type ConformanceFlags = {
  readonly role: Role
  readonly target?: string
  readonly targetFile?: string
  readonly also?: readonly string[]
  readonly alsoFile?: readonly string[]
  readonly ca?: string
  readonly admin?: string
  readonly suite?: readonly string[]
  readonly without?: readonly string[]
  readonly report?: readonly string[]
  readonly maxWait?: string
  readonly patience: string
  readonly jobs: string
  readonly list?: boolean
}

/** A MUST case does not hold. Source: product 3. */
const EXIT_CONFORMANCE = 5

/** Forms of a report that go into a file. */
const FILE_FORMS: Readonly<Record<string, (report: Report) => string>> = {
  junit: junitReport,
  html: htmlReport,
  json: (report) => `${JSON.stringify(report, null, 2)}\n`,
}

type FileReport = { readonly file: string; readonly write: (report: Report) => string }

/**
 * `conformance`: holds a relay or a client against the table of cases. Resolves with 5 when a MUST does not hold;
 * throws 2 for flags that do not fit, 3 for a relay that cannot be reached, 4 where it grants nothing.
 */
export async function conformance(
  command: readonly string[],
  flags: ConformanceFlags,
  io: CliIo,
): Promise<number> {
  if (flags.list) return listCases(flags.role, io)
  const { isTap, files } = readReports(flags.report ?? [], io)
  const signals = catchSignals()
  const stop = new AbortController()
  void signals.requested.then(() => stop.abort(new Error('the run was ended')))
  let number = 0
  try {
    const report = await runConformance({
      ...(await readSubject(command, flags, io)),
      only: flags.suite ?? [],
      ...(flags.maxWait !== undefined && {
        maxWaitMs: read(duration, flags.maxWait, '--max-wait'),
      }),
      patienceMs: read(duration, flags.patience, '--patience'),
      jobs: Math.max(1, read(naturalNumber, flags.jobs, '--jobs')),
      signal: stop.signal,
      ...(isTap && {
        onStart: (total: number, subject: string) => io.stdout.write(tapHead(total, subject)),
        onResult: (result: Report['results'][number]) =>
          io.stdout.write(tapPoint(result, ++number)),
      }),
    })
    io.stdout.write(isTap ? tapEnd(report) : `${summarize(report)}\n`)
    for (const { file, write } of files) await writeReport(file, write(report))
    if (report.counts.failedMust > 0) return EXIT_CONFORMANCE
    // What was not asked is not known to hold.
    return report.isComplete ? EXIT.fine : EXIT.failed
  } catch (error) {
    throw explained(error)
  } finally {
    signals.release()
  }
}

function listCases(role: Role, io: CliIo): number {
  const columns = [
    { title: 'case', of: (row: ReturnType<typeof casesOf>[number]) => row.id },
    { title: 'level', of: (row: ReturnType<typeof casesOf>[number]) => row.level },
    { title: 'source', of: (row: ReturnType<typeof casesOf>[number]) => row.source },
    { title: 'what holds', of: (row: ReturnType<typeof casesOf>[number]) => row.title },
  ]
  io.stdout.write(formatTable(columns, casesOf(role)))
  return EXIT.fine
}

async function readSubject(
  command: readonly string[],
  flags: ConformanceFlags,
  io: CliIo,
): Promise<RelaySubject | ClientSubject> {
  const { role } = flags
  if (role !== 'relay') {
    if (command.length === 0)
      throw usage(`nothing says how to start the ${role}`, `--role ${role} -- node my-${role}.js`)
    if (flags.target !== undefined || flags.targetFile !== undefined)
      throw usage(
        `--target is for --role relay: a ${role} is tested against a relay of the harness`,
      )
    return { role, command, env: io.env, without: (flags.without ?? []).map(readFeature) }
  }
  if (command.length > 0) throw usage('a command is for --role listener and --role sender')
  const also = [...(flags.also ?? [])]
  for (const file of flags.alsoFile ?? []) also.push(await readText(file, io))
  return {
    role,
    connectionString: await readTarget(flags, io),
    also,
    ca: await readCa(flags.ca ?? io.env.RELAY_EMULATOR_CA, io),
    adminUrl: flags.admin?.replace(/\/+$/, ''),
  }
}

async function readTarget({ target, targetFile }: ConformanceFlags, io: CliIo): Promise<string> {
  if (target !== undefined && targetFile !== undefined)
    throw usage('--target and --target-file are both given', 'one of the two')
  if (targetFile !== undefined) return readText(targetFile, io)
  if (target === undefined)
    throw usage('no relay is named: --target or --target-file', 'relay-emulator connection-string')
  return target
}

function readReports(
  forms: readonly string[],
  io: CliIo,
): { readonly isTap: boolean; readonly files: readonly FileReport[] } {
  const files = forms.flatMap((form): FileReport[] => {
    if (form === 'tap') return []
    const [, name = '', file = ''] = /^(\w+)=(.+)$/.exec(form) ?? []
    const write = Object.hasOwn(FILE_FORMS, name) ? FILE_FORMS[name] : undefined
    if (!write) throw usage(`--report ${form} is none of tap, junit=FILE, html=FILE, json=FILE`)
    return [{ file: path.resolve(io.cwd, file), write }]
  })
  return { isTap: forms.length === 0 || forms.includes('tap'), files }
}

async function writeReport(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text)
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unwritable'
    throw new CliError(EXIT.failed, `cannot write ${file}: ${code}`, undefined, { cause })
  }
}

function readFeature(name: string): Feature {
  if (Object.hasOwn(FEATURES, name)) return name as Feature
  throw usage(`--without ${name} is none of ${Object.keys(FEATURES).join(', ')}`)
}

function read(parse: (text: string, name: string) => number, text: string, flag: string): number {
  try {
    return parse(text, flag)
  } catch (error) {
    throw usage((error as Error).message)
  }
}

function explained(error: unknown): unknown {
  if (error instanceof RangeError) return usage(error.message, 'relay-emulator conformance --list')
  if (!(error instanceof TargetError)) return asCliError(error)
  const next =
    error.kind === 'unreachable' ? '--ca FILE if its certificate is not trusted' : undefined
  return new CliError(EXIT[error.kind], error.message, next, { cause: error })
}

function usage(message: string, next?: string): CliError {
  return new CliError(EXIT.usage, message, next)
}
