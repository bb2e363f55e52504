import { formatDuration } from './format.ts'

/** A part of something that took time, ms since its start; `toMs` is null while it lasts. */
export type Step = { readonly name: string; readonly fromMs: number; readonly toMs: number | null }

/**
 * Steps as bars one below the other. The scale is logarithmic: what takes parts of a millisecond stands beside what
 * takes minutes.
 */
export function Timeline({
  label,
  steps,
}: {
  readonly label: string
  readonly steps: readonly Step[]
}) {
  const longest = Math.max(...steps.map(lengthOf), 1)
  return (
    <ol class="timeline" aria-label={label}>
      {steps.map((step) => (
        <li key={step.name}>
          <span>{step.name}</span>
          <span class="track" aria-hidden="true">
            <span style={{ width: `${(100 * scaled(lengthOf(step))) / scaled(longest)}%` }} />
          </span>
          <span class="length">
            {step.toMs === null ? 'now' : formatDuration(step.toMs - step.fromMs)}
          </span>
        </li>
      ))}
    </ol>
  )
}

/** What lasts fills its bar. */
function lengthOf({ fromMs, toMs }: Step): number {
  return toMs === null ? 0 : toMs - fromMs
}

function scaled(ms: number): number {
  return Math.log10(1 + 10 * ms)
}
