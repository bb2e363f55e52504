import {
  CommandError,
  EXIT,
  type ExitCode,
  formatFailure as format,
} from '../console/command-failure.ts'

export { CommandError as CliError, EXIT, type ExitCode } from '../console/command-failure.ts'

/**
 * The exit code of any failure. Configuration faults of the server part are recognised by their name,
 * so that a failing `--help` need not load the server.
 */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommandError) return error.exitCode
  if (!(error instanceof Error)) return EXIT.failed
  return USAGE_ERRORS.has(error.name) ? EXIT.usage : EXIT.failed
}

/** The lines a person reads: what and why, then the next step. No stack trace unless `isDebugging`. */
export function formatFailure(error: unknown, isDebugging = false): string {
  return format(error, { program: 'relay-emulator', explain, next: nextStep }, isDebugging)
}

const USAGE_ERRORS: ReadonlySet<string> = new Set([
  'ConfigError',
  'ConnectionStringError',
  'CertificateError',
])

function explain(error: Error): string | undefined {
  // One problem per line, each beginning with its place, so that editors can jump there.
  if (error.name === 'ConfigError') return `the configuration cannot be used\n${error.message}`
  if (error.name === 'ConnectionStringError')
    return `the connection string cannot be used: ${error.message}`
  const { code, address, port, syscall, hostname } = error as NodeJS.ErrnoException & {
    address?: string
    port?: number
    hostname?: string
  }
  if (syscall === 'getaddrinfo') return `${hostname} cannot be resolved (${code})`
  if (code === 'EADDRINUSE') return `port ${port} on ${address} is in use by another program`
  if (code === 'EACCES' && port !== undefined)
    return `port ${port} on ${address} may not be opened without more rights`
  if (code === 'EADDRNOTAVAIL' && address !== undefined)
    return `${address} is no address of this machine`
  return undefined
}

function nextStep(error: unknown): string | undefined {
  const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException
  if (code === 'EADDRINUSE')
    return 'relay-emulator status, to see whether it is another emulator; or --port 0 --plain-port 0 --admin-port 0 --arm-port 0'
  if (code === 'EADDRNOTAVAIL' || syscall === 'getaddrinfo')
    return '--host 127.0.0.1, or 0.0.0.0 for every address'
  if (code === 'RELAY_STORE_FAILED' || code === 'TLS_FILE_UNWRITABLE')
    return '--data-dir DIR, a folder this user may write to; or start with --in-memory'
  if (error instanceof Error && error.name === 'ConnectionStringError')
    return 'relay-emulator connection-string prints some that can'
  const { port } = (error ?? {}) as { port?: number }
  if (code === 'EACCES' && port !== undefined) {
    return 'sysctl net.ipv4.ip_unprivileged_port_start=0, for a container as its --sysctl; or ports above 1023'
  }
  if (!(error instanceof Error) || error.name !== 'ConfigError') return undefined
  const [problem] =
    (error as Error & { problems?: readonly { file: string | null }[] }).problems ?? []
  return problem?.file ? 'relay-emulator config schema' : 'relay-emulator start --help'
}
