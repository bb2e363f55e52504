/** Waits before a listener connects again, ms; the last one repeats. Source: relay-protocol 3.8. */
const DELAYS_MS = [0, 1_000, 2_000, 5_000, 10_000, 30_000] as const

/** The wait after the `failures`-th failure in a row, counted from 0, ms. */
export function retryDelayMs(failures: number): number {
  return DELAYS_MS[Math.min(failures, DELAYS_MS.length - 1)] ?? 0
}
