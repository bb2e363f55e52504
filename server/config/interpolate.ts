/** Variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Fills in `${VAR}` and `${VAR:-default}` (the default also stands for an empty variable) and turns `$$` into `$`;
 * any other `$` stays. Throws a TypeError that says which variable is missing or what is malformed.
 */
export function interpolate(text: string, env: Environment): string {
  return text.replace(
    /\$(?:\$|\{([^}]*)(\}?))/g,
    (_match, inside: string | undefined, end: string) => {
      if (inside === undefined) return '$'
      const [, name, fallback] = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s.exec(inside) ?? []
      if (name === undefined || end === '') {
        throw new TypeError(
          'holds a malformed variable: write ${NAME} or ${NAME:-default}, and $$ for a plain $',
        )
      }
      const value = env[name]
      if (fallback !== undefined) return value || fallback
      if (value !== undefined) return value
      throw new TypeError(
        `needs the variable ${name}, which is not set; \${${name}:-...} gives a default`,
      )
    },
  )
}
