/** What a command ends with. Source: product 3. */
export const EXIT = { fine: 0, failed: 1, usage: 2, unreachable: 3, unauthorised: 4 } as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** A command that cannot go on: what happened and why (`message`), what to try next, and the exit code. */
export class CliError extends Error {
  override readonly name = 'CliError'
  readonly exitCode: ExitCode
  /** The next command or setting to try. */
  readonly next: string | undefined
  constructor(exitCode: ExitCode, message: string, next?: string, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
    this.next = next
  }
}

/**
 * The exit code of any failure. Configuration faults of the server part are recognised by their name,
 * so that a failing `--help` need not load the server.
 */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CliError) return error.exitCode
  if (!(error instanceof Error)) return EXIT.failed
  return USAGE_ERRORS.has(error.name) ? EXIT.usage : EXIT.failed
}

/** The lines a person reads: what and why, then the next step. No stack trace unless `isDebugging`. */
export function formatFailure(error: unknown, isDebugging = false): string {
  const text = error instanceof Error ? explain(error) : String(error)
  const next = error instanceof CliError ? error.next : nextStep(error)
  const lines = [`relay-emulator: ${text}`]
  if (next !== undefined) lines.push(`  try: ${next}`)
  if (isDebugging && error instanceof Error && error.stack) lines.push(error.stack)
  return `${lines.join('\n')}\n`
}

const USAGE_ERRORS: ReadonlySet<string> = new Set([
  'ConfigError',
  'ConnectionStringError',
  'CertificateError',
])

function explain(error: Error): string {
  // One problem per line, each beginning with its place, so that editors can jump there.
  if (error.name === 'ConfigError') return `the configuration cannot be used\n${error.message}`
  const { code, address, port } = error as NodeJS.ErrnoException & {
    address?: string
    port?: number
  }
  if (code === 'EADDRINUSE') return `port ${port} on ${address} is in use by another program`
  if (code === 'EACCES' && port !== undefined)
    return `port ${port} on ${address} may not be opened without more rights`
  return error.message
}

function nextStep(error: unknown): string | undefined {
  const code = (error as NodeJS.ErrnoException | undefined)?.code
  if (code === 'EADDRINUSE')
    return 'relay-emulator status, to see whether it is another emulator; or --port 0 --plain-port 0 --admin-port 0'
  if (!(error instanceof Error) || error.name !== 'ConfigError') return undefined
  const [problem] =
    (error as Error & { problems?: readonly { file: string | null }[] }).problems ?? []
  return problem?.file ? 'relay-emulator config schema' : 'relay-emulator start --help'
}
