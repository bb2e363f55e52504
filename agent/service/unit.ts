/** What a unit is made of. */
export type UnitInput = {
  /** Program and arguments; the first is an absolute path. */
  readonly command: readonly string[]
  readonly stateDir: string
  /** A unit of the machine, or of one user's session. */
  readonly scope: Scope
}

export type Scope = 'system' | 'user'

/** Name of the unit. */
export const UNIT = 'relay-emulator-hcm.service'

/** The systemd unit of the daemon. Source: systemd.service(5), systemd.exec(5). */
export function unitText({ command, stateDir, scope }: UnitInput): string {
  return `[Unit]
Description=Hybrid connection agent of relay-emulator (hcm)
Wants=network-online.target
After=network-online.target

[Service]
ExecStart=${command.map(quoted).join(' ')}
Environment=${quoted(`HCM_STATE_DIR=${stateDir}`)}
UMask=0077
Restart=always
RestartSec=2

[Install]
WantedBy=${scope === 'system' ? 'multi-user.target' : 'default.target'}
`
}

/** One word as systemd reads it: quoted, and without specifiers (`%`) or variables (`$`). */
function quoted(word: string): string {
  const text = word
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('%', '%%')
    .replaceAll('$', '$$$$')
    .replaceAll('\n', '\\n')
  return `"${text}"`
}
