/** How long one bar of the chart is, ms, and how many there are: five minutes. */
export const SLOT_MS = 10_000
const SLOTS = 30

/** How many of `times` fall into each of the last slots, the oldest first. Slots begin at whole tens of seconds. */
export function acceptsPerSlot(
  times: readonly (number | null)[],
  nowMs: number,
): readonly { readonly endMs: number; readonly count: number }[] {
  const last = Math.floor(nowMs / SLOT_MS)
  const counts = Array.from({ length: SLOTS }, () => 0)
  for (const time of times) {
    if (time === null) continue
    const index = SLOTS - 1 - (last - Math.floor(time / SLOT_MS))
    if (index >= 0 && index < SLOTS) counts[index]!++
  }
  return counts.map((count, index) => ({ endMs: (last - SLOTS + 2 + index) * SLOT_MS, count }))
}
