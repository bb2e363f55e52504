import type { ComponentChildren } from 'preact'
import { UNKNOWN } from './format.ts'

/** Names and what is known of them; null is not known. */
export function Facts({
  facts,
}: {
  readonly facts: readonly (readonly [name: string, value: ComponentChildren])[]
}) {
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value === null || value === '' ? UNKNOWN : value}</dd>
        </div>
      ))}
    </dl>
  )
}
