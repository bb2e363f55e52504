/** What a command ends with. Source: product 3. */
export const EXIT = { fine: 0, failed: 1, usage: 2, unreachable: 3, unauthorised: 4 } as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** A command that cannot go on: what happened and why (`message`), what to try next, and the exit code. */
export class HcmError extends Error {
  override readonly name = 'HcmError'
  readonly exitCode: ExitCode
  /** The next command or setting to try. */
  readonly next: string | undefined
  constructor(exitCode: ExitCode, message: string, next?: string, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
    this.next = next
  }
}

/** The exit code of any failure. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof HcmError) return error.exitCode
  const { name, code } = error as { name?: unknown; code?: unknown }
  if (name === 'ConnectionStringError' || name === 'TypeError') return EXIT.usage
  return name === 'AgentError' && USAGE_CODES.has(String(code)) ? EXIT.usage : EXIT.failed
}

/** The lines a person reads: what and why, then the next step. No stack trace unless `isDebugging`. */
export function formatFailure(error: unknown, isDebugging = false): string {
  const next = (error as { next?: unknown } | undefined)?.next ?? nextStep(error)
  const lines = [`hcm: ${error instanceof Error ? explain(error) : String(error)}`]
  if (typeof next === 'string') lines.push(`  try: ${next}`)
  if (isDebugging && error instanceof Error && error.stack) lines.push(error.stack)
  return `${lines.join('\n')}\n`
}

/** Faults of what was given or configured. */
const USAGE_CODES: ReadonlySet<string> = new Set([
  'RELAY_INPUT_INVALID',
  'HCM_STATE_DAMAGED',
  'HCM_STATE_NEWER',
])

type SystemError = NodeJS.ErrnoException & { address?: string; port?: number }

function explain(error: Error): string {
  const { code, port, path } = error as SystemError
  if (code === 'EADDRINUSE') return `port ${port} is in use by another program`
  if (code === 'EACCES' && port !== undefined)
    return `port ${port} may not be opened without more rights`
  if (path !== undefined && code !== undefined) return `${path} cannot be used (${code})`
  return error.message
}

function nextStep(error: unknown): string | undefined {
  const { code, path } = error as SystemError
  if (code === 'EADDRINUSE') return '--control-port 0, which picks a free one'
  return path !== undefined && code !== undefined
    ? 'another --state-dir (HCM_STATE_DIR), or the rights of that file'
    : undefined
}
