/** The shells whose syntax `env` writes. */
export const SHELLS = ['posix', 'fish', 'powershell', 'cmd'] as const
export type Shell = (typeof SHELLS)[number]

/** The shell this environment most likely belongs to. */
export function detectShell(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): Shell {
  if (env.SHELL?.endsWith('fish')) return 'fish'
  if (platform !== 'win32' || env.SHELL) return 'posix'
  return env.PSModulePath ? 'powershell' : 'cmd'
}

/** One line per variable that sets it in that shell, and before them a remark that says how to use them. */
export function formatExports(variables: Readonly<Record<string, string>>, shell: Shell): string {
  const { remark, use, assign } = SYNTAX[shell]
  const lines = Object.entries(variables).map(([name, value]) => assign(name, value))
  return [`${remark} ${use}`, ...lines, ''].join('\n')
}

type Syntax = { remark: string; use: string; assign: (name: string, value: string) => string }

const SYNTAX: Record<Shell, Syntax> = {
  posix: {
    remark: '#',
    use: 'eval "$(relay-emulator env)"',
    assign: (name, value) => `export ${name}='${value.replaceAll("'", `'\\''`)}'`,
  },
  fish: {
    remark: '#',
    use: 'relay-emulator env --shell fish | source',
    assign: (name, value) => `set -gx ${name} '${value.replaceAll(/[\\']/g, '\\$&')}'`,
  },
  powershell: {
    remark: '#',
    use: 'relay-emulator env --shell powershell | Out-String | Invoke-Expression',
    assign: (name, value) => `$env:${name} = '${value.replaceAll("'", "''")}'`,
  },
  cmd: {
    remark: 'rem',
    use: `for /f "delims=" %i in ('relay-emulator env --shell cmd') do @%i`,
    assign: (name, value) => `set "${name}=${value}"`,
  },
}
