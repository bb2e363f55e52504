/** One thing wrong with the configuration. `file`, `line` and `column` (from 1) are null where it came from no file. */
export type ConfigProblem = {
  readonly file: string | null
  readonly line: number | null
  readonly column: number | null
  /** Where in the document, e.g. `namespaces[0].hybridConnections[1].name`; or the flag or variable. */
  readonly path: string
  /** What is wrong and what is allowed. Never holds a value that may be secret. */
  readonly message: string
}

/** A configuration that cannot be used: every problem found, told line by line in `message`. Exit code 2. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly code = 'RELAY_CONFIG_INVALID'
  readonly problems: readonly ConfigProblem[]

  /** Problems of the file are put in the order of its lines, behind those of flags and variables. */
  constructor(problems: readonly ConfigProblem[], options?: ErrorOptions) {
    const sorted = problems.toSorted(byPlace)
    super(sorted.map(formatProblem).join('\n'), options)
    this.problems = sorted
  }
}

function byPlace(a: ConfigProblem, b: ConfigProblem): number {
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0)
}

/** A {@link ConfigError} about a flag, a variable or a whole file. */
export function configError(
  path: string,
  message: string,
  file: string | null = null,
): ConfigError {
  return new ConfigError([{ file, line: null, column: null, path, message }])
}

/** `relay-emulator.yaml:3:7 namespaces[0].name: must be ...`; compilers' form, so that editors can jump there. */
export function formatProblem({ file, line, column, path, message }: ConfigProblem): string {
  const place = [file, line, line === null ? null : column].filter((part) => part !== null)
  const subject = [place.join(':'), path].filter((part) => part !== '').join(' ')
  return subject === '' ? message : `${subject}: ${message}`
}
