import type { ListenerRow } from './contract.ts'

/** Picks below which chance alone explains a lot. Source: dashboard 1, `imbalance`. */
const MIN_PICKS = 100
/** Chi-square values that chance exceeds once in a thousand times, by degrees of freedom from 1 on. */
const CRITICAL_AT_0_001 = [
  10.828, 13.816, 16.266, 18.467, 20.515, 22.458, 24.322, 26.124, 27.877, 29.588, 31.264, 32.909,
  34.528, 36.123, 37.697, 39.252, 40.79, 42.312, 43.82, 45.315, 46.797, 48.268, 49.728, 51.179,
] as const

/** True when the listeners of one hybrid connection were offered shares that chance gives once in a thousand times. */
export function isImbalanced(listeners: readonly ListenerRow[]): boolean {
  const chosen = listeners.filter(({ expected }) => expected > 0)
  const picks = chosen.reduce((sum, { offered }) => sum + offered, 0)
  if (chosen.length < 2 || picks < MIN_PICKS) return false
  const chiSquare = chosen.reduce(
    (sum, { offered, expected }) => sum + (offered - expected) ** 2 / expected,
    0,
  )
  // More than 25 listeners are not allowed, so that the last value is never left.
  return chiSquare > (CRITICAL_AT_0_001[chosen.length - 2] ?? CRITICAL_AT_0_001.at(-1) ?? Infinity)
}
