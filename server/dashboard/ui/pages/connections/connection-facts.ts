import type { Step } from '../../../../../console/ui/timeline.tsx'
import type { Tone } from '../../../../../console/ui/state-icon.tsx'
import type { ConnectionRow } from '../../../contract.ts'

/** Words of the phases. Source: dashboard 2.4. */
export const TONES: Readonly<Record<ConnectionRow['phase'], Tone>> = {
  connecting: 'calm',
  acceptSent: 'calm',
  accepted: 'calm',
  open: 'good',
  closing: 'warning',
  closed: 'calm',
  refused: 'bad',
  rejected: 'bad',
  timedOut: 'bad',
  abandoned: 'warning',
}

export function isLive({ endedMs }: Pick<ConnectionRow, 'endedMs'>): boolean {
  return endedMs === null
}

/** How long it has lived, ms. */
export function lifeMs({ startedAt, endedMs }: ConnectionRow, nowMs: number): number {
  return endedMs ?? Math.max(0, nowMs - Date.parse(startedAt))
}

/** The rows as the server has them: live ones first, the newest first, then those that ended, the latest first. */
export function inOrder(rows: readonly ConnectionRow[]): readonly ConnectionRow[] {
  const live: ConnectionRow[] = []
  const ended: { readonly row: ConnectionRow; readonly atMs: number }[] = []
  for (const row of rows) {
    if (row.endedMs === null) live.push(row)
    else ended.push({ row, atMs: Date.parse(row.startedAt) + row.endedMs })
  }
  live.sort(newestFirst)
  ended.sort((a, b) => b.atMs - a.atMs)
  return [...live, ...ended.map(({ row }) => row)]
}

/** By their numbers, without reading them: there may be 10,000 rows, ten times a second. */
function newestFirst({ id: a }: ConnectionRow, { id: b }: ConnectionRow): number {
  if (a.length !== b.length) return b.length - a.length
  return a < b ? 1 : -1
}

/** What the filter sees: `bytes:>1MiB` means both directions together. */
export function filterColumns(row: ConnectionRow): object {
  return { ...row, bytes: row.bytesToListener + row.bytesToSender }
}

/** The phases it went through, each until the next one began. */
export function phaseSteps(row: ConnectionRow): readonly Step[] {
  const entered: readonly (readonly [string, number | null])[] = [
    ['connecting', 0],
    ['acceptSent', row.acceptSentMs],
    ['accepted', row.acceptedMs],
    ['open', row.openMs],
    ['closing', row.closingMs],
  ]
  const known = entered.flatMap(([name, fromMs]) => (fromMs === null ? [] : [{ name, fromMs }]))
  return known.map(({ name, fromMs }, index) => ({
    name,
    fromMs,
    toMs: known[index + 1]?.fromMs ?? row.endedMs,
  }))
}

const MEANS = { close: 'a Close frame', fin: 'a FIN', reset: 'a reset' } as const

/** Who ended it first, and by what; null while nobody has. */
export function closedFirst({ phase, closedBy, means, code }: ConnectionRow): string | null {
  if (closedBy === null) return null
  if (phase === 'refused' || phase === 'timedOut') return `the ${closedBy}, with status ${code}`
  if (phase === 'rejected') return `the ${closedBy}, with status ${code}`
  return means === null ? `the ${closedBy}` : `the ${closedBy}, by ${MEANS[means]}`
}

/** Code and reason, e.g. `1000 "bye"`. */
export function codeText({ code, reason }: Pick<ConnectionRow, 'code' | 'reason'>): string | null {
  const quoted = reason === null || reason === '' ? '' : `"${reason}"`
  return [code ?? '', quoted].join(' ').trim() || null
}
