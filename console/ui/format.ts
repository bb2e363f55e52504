/** How figures are written in both consoles. What is not known is an en dash, never 0. Source: dashboard 1, Units. */

export const UNKNOWN = '–'

const UNITS = ['B', 'KiB', 'MiB', 'GiB'] as const

/** `120 B`, `1.8 KiB`. */
export function formatBytes(bytes: number | null): string {
  if (bytes === null) return UNKNOWN
  let value = bytes
  let unit = 0
  while (value >= 1_024 && unit < UNITS.length - 1) {
    value /= 1_024
    unit++
  }
  return unit === 0 ? `${value} B` : `${value.toFixed(1)} ${UNITS[unit]}`
}

/** `1.2 KiB/s`; nothing moving is `0/s`. */
export function formatRate(bytesPerSecond: number | null): string {
  if (bytesPerSecond === null) return UNKNOWN
  return bytesPerSecond === 0 ? '0/s' : `${formatBytes(bytesPerSecond)}/s`
}

/** `0.4 ms`, `12.3 s`, `3 m 12 s`, `2 h 5 m`. */
export function formatDuration(ms: number | null): string {
  if (ms === null) return UNKNOWN
  if (ms < 1_000) return `${ms.toFixed(1)} ms`
  const seconds = ms / 1_000
  if (seconds < 60) return `${seconds.toFixed(1)} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} m ${Math.floor(seconds % 60)} s`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} m`
}

/** Local time with milliseconds, `12:03:05.123`. `at` is ISO 8601. */
export function formatTime(at: string | null): string {
  if (at === null) return UNKNOWN
  const date = new Date(at)
  const two = (part: number) => String(part).padStart(2, '0')
  const ms = String(date.getMilliseconds()).padStart(3, '0')
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${ms}`
}

/** `1 listener`, `2 listeners`, `1,204 accepts`. */
export function count(number: number, noun: string): string {
  return `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`
}

/** What is left until a time, `47:12` or `1:02:03`; null when it has passed. */
export function formatCountdown(ms: number): string | null {
  if (ms <= 0) return null
  const seconds = Math.floor(ms / 1_000)
  const two = (part: number) => String(part).padStart(2, '0')
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${two(minutes)}:${two(seconds % 60)}`
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`
}

/** How long ago, in one unit: `9 s`, `12 m`, `3 h`. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000))
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  return minutes < 60 ? `${minutes} m` : `${Math.floor(minutes / 60)} h`
}
