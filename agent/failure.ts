import {
  CommandError,
  EXIT,
  type ExitCode,
  formatFailure as format,
} from '../console/command-failure.ts'

/** The exit code of any failure. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommandError) return error.exitCode
  const { name, code } = error as { name?: unknown; code?: unknown }
  if (name === 'ConnectionStringError' || name === 'TypeError') return EXIT.usage
  return name === 'AgentError' && USAGE_CODES.has(String(code)) ? EXIT.usage : EXIT.failed
}

/** The lines a person reads: what and why, then the next step. No stack trace unless `isDebugging`. */
export function formatFailure(error: unknown, isDebugging = false): string {
  return format(error, { program: 'hcm', explain, next: nextStep }, isDebugging)
}

/** Faults of what was given or configured. */
const USAGE_CODES: ReadonlySet<string> = new Set([
  'RELAY_INPUT_INVALID',
  'HCM_STATE_DAMAGED',
  'HCM_STATE_NEWER',
])

type SystemError = NodeJS.ErrnoException & { address?: string; port?: number }

function explain(error: Error): string | undefined {
  if (error.name === 'ConnectionStringError')
    return `the connection string cannot be used: ${error.message}`
  const { code, port, path } = error as SystemError
  if (code === 'EADDRINUSE') return `port ${port} is in use by another program`
  if (code === 'EACCES' && port !== undefined)
    return `port ${port} may not be opened without more rights`
  return path !== undefined && code !== undefined ? `${path} cannot be used (${code})` : undefined
}

function nextStep(error: unknown): string | undefined {
  const { code, path, next } = (error ?? {}) as SystemError & { next?: unknown }
  // An AgentError knows it by itself.
  if (typeof next === 'string') return next
  if (code === 'EADDRINUSE') return '--control-port 0, which picks a free one'
  return path !== undefined && code !== undefined
    ? 'another --state-dir (HCM_STATE_DIR), or the rights of that file'
    : undefined
}
