/** Longest delay a timer takes, ms. */
const MAX_DELAY_MS = 2 ** 31 - 1

/**
 * Calls `fire` once at `atMs` (Unix time), however far off; the timer keeps no process alive. Answers the function
 * that calls it off.
 */
export function startDeadline(atMs: number, now: () => number, fire: () => void): () => void {
  let timer: NodeJS.Timeout
  const arm = () => {
    const delayMs = atMs - now()
    timer =
      delayMs > MAX_DELAY_MS
        ? setTimeout(arm, MAX_DELAY_MS)
        : setTimeout(fire, Math.max(0, delayMs))
    timer.unref()
  }
  if (atMs === Infinity) return () => {}
  arm()
  return () => clearTimeout(timer)
}
