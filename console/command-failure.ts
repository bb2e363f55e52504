/** What a command ends with. Source: product 3. */
export const EXIT = { fine: 0, failed: 1, usage: 2, unreachable: 3, unauthorised: 4 } as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** A command that cannot go on: what happened and why (`message`), what to try next, and the exit code. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly exitCode: ExitCode
  /** The next command or setting to try. */
  readonly next: string | undefined
  constructor(exitCode: ExitCode, message: string, next?: string, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
    this.next = next
  }
}

/** What a program knows of failures that are no {@link CommandError}. */
export type FailureWords = {
  /** Stands before the first line. */
  readonly program: string
  /** What happened, where the error's own message does not tell it well. */
  readonly explain: (error: Error) => string | undefined
  /** The next command or setting to try. */
  readonly next: (error: unknown) => string | undefined
}

/** The lines a person reads: what and why, then the next step. No stack trace unless `isDebugging`. */
export function formatFailure(error: unknown, words: FailureWords, isDebugging = false): string {
  const text = error instanceof Error ? (words.explain(error) ?? error.message) : String(error)
  const next = error instanceof CommandError ? error.next : words.next(error)
  const lines = [`${words.program}: ${text}`]
  if (next !== undefined) lines.push(`  try: ${next}`)
  if (isDebugging && error instanceof Error && error.stack) lines.push(error.stack)
  return `${lines.join('\n')}\n`
}
