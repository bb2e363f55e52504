/** A host name and the address it is to resolve to. */
export type HostEntry = { readonly host: string; readonly address: string }

/**
 * A hosts file in which `entries` win: their names are taken out of the lines they stood in, everything else stays as
 * it was. Names are compared without case.
 */
export function redirectedHosts(original: string, entries: readonly HostEntry[]): string {
  const names = new Set(entries.map(({ host }) => host.toLowerCase()))
  const kept = original
    .split('\n')
    .map((line) => withoutNames(line, names))
    .filter((line) => line !== undefined)
  const ours = entries.map(({ host, address }) => `${address}\t${host}`)
  return `${[kept.join('\n').trimEnd(), ...ours].filter((line) => line !== '').join('\n')}\n`
}

/** Undefined when no name is left. */
function withoutNames(line: string, names: ReadonlySet<string>): string | undefined {
  const [entry = ''] = line.split('#')
  const [address, ...given] = entry.trim().split(/\s+/)
  const left = given.filter((name) => !names.has(name.toLowerCase()))
  if (left.length === given.length) return line
  return left.length === 0 ? undefined : `${address}\t${left.join(' ')}`
}
