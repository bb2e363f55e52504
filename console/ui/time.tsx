import { formatTime, UNKNOWN } from './format.ts'

/** A time of day, local, with UTC on hover. `at` is ISO 8601. */
export function Time({ at }: { readonly at: string | null }) {
  if (at === null) return <>{UNKNOWN}</>
  return (
    <time dateTime={at} title={at}>
      {formatTime(at)}
    </time>
  )
}
