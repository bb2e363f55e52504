const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
] as const

/** `in 59 minutes`, `3 days ago`, `now`: the largest unit that fits, rounded down. */
export function formatTimeSpan(ms: number): string {
  const [unit, size] = UNITS.find(([, length]) => Math.abs(ms) >= length) ?? []
  if (unit === undefined || size === undefined) return 'now'
  const count = Math.floor(Math.abs(ms) / size)
  const words = `${count} ${unit}${count === 1 ? '' : 's'}`
  return ms > 0 ? `in ${words}` : `${words} ago`
}
