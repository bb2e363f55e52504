import type { Tone } from '../../../../../console/ui/state-icon.tsx'
import type { Step } from '../../../../../console/ui/timeline.tsx'
import type { ExchangeRow } from '../../../contract.ts'

/** The rows as the server has them: those under way first, the newest first, then the last ended. */
export function inOrder(rows: readonly ExchangeRow[]): readonly ExchangeRow[] {
  return rows.toSorted((a, b) => {
    if ((a.endMs === null) !== (b.endMs === null)) return a.endMs === null ? -1 : 1
    return a.endMs === null ? numberOf(b) - numberOf(a) : endOf(b) - endOf(a)
  })
}

function numberOf({ id }: ExchangeRow): number {
  return Number(id.slice(2))
}

function endOf({ startedAt, endMs }: ExchangeRow): number {
  return Date.parse(startedAt) + (endMs ?? 0)
}

/** What is left of the listener's time, ms; null when it is not waited for any more. */
export function waitLeftMs(row: ExchangeRow, nowMs: number): number | null {
  if (row.headMs !== null || row.endMs !== null) return null
  return Math.max(0, row.waitMs - (nowMs - Date.parse(row.startedAt)))
}

export function toneOf({ status, endMs, reason }: ExchangeRow): Tone {
  if (status === null) return endMs === null ? 'calm' : 'warning'
  if (status >= 500) return 'bad'
  return status >= 400 || reason !== null ? 'warning' : 'good'
}

/** Source: dashboard 2.5, Timing. */
export function timingSteps(row: ExchangeRow): readonly Step[] {
  const entered: readonly (readonly [string, number | null])[] = [
    ['pick listener', 0],
    ['deliver', row.pickedMs],
    ['wait for head', row.deliveredMs],
    ['body', row.headMs],
  ]
  const known = entered.flatMap(([name, fromMs]) => (fromMs === null ? [] : [{ name, fromMs }]))
  return known.map(({ name, fromMs }, index) => ({
    name,
    fromMs,
    toMs: known[index + 1]?.fromMs ?? row.endMs,
  }))
}

export const VIA = { controlChannel: 'control channel', rendezvous: 'rendezvous' } as const
