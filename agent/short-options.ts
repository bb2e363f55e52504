/** The manager's short options of two letters; parsers read `-ns x` as `-n s`. */
const LONG: Readonly<Record<string, string>> = { '-ns': '--namespace', '-rg': '--resource-group' }

/**
 * Rewrites `-ns` and `-rg` (also `-ns=VALUE`) to their long forms. Words behind `--` stay as they are.
 * Source: product 5.
 */
export function expandShortOptions(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--')
  const options = end === -1 ? argv : argv.slice(0, end)
  return [
    ...options.map((word) => {
      const [, short = '', rest = ''] = /^(-ns|-rg)(=.*)?$/s.exec(word) ?? []
      return short === '' ? word : `${LONG[short]}${rest}`
    }),
    ...argv.slice(options.length),
  ]
}
