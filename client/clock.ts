/** Time as the library sees it, so that tests can move it. */
export interface Clock {
  /** Unix time, ms. */
  now(): number
  /** Calls `fire` once after `delayMs`, unless the returned function was called before. */
  after(delayMs: number, fire: () => void): () => void
}

/** Longest delay a timer takes, ms. */
const MAX_DELAY_MS = 2 ** 31 - 1

/** The clock of this machine. A timer keeps the process alive only where `isKeptAlive`. */
export function systemClock({ isKeptAlive = false } = {}): Clock {
  return {
    now: Date.now,
    after(delayMs, fire) {
      const startedAtMs = Date.now()
      let timer: NodeJS.Timeout
      const arm = () => {
        const leftMs = Math.max(0, startedAtMs + delayMs - Date.now())
        timer = leftMs > MAX_DELAY_MS ? setTimeout(arm, MAX_DELAY_MS) : setTimeout(fire, leftMs)
        if (!isKeptAlive) timer.unref()
      }
      if (delayMs === Infinity) return () => {}
      arm()
      return () => clearTimeout(timer)
    },
  }
}
