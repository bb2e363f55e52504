/** How something is. State is never colour alone: it has an icon and a word. Source: dashboard 1, Look. */
export type Tone = 'good' | 'bad' | 'calm' | 'warning'

const ICONS: Readonly<Record<Tone, string>> = { good: '✓', bad: '✕', calm: '○', warning: '!' }

export function StateIcon({ tone, word }: { readonly tone: Tone; readonly word: string }) {
  return (
    <span class={`state ${tone}`}>
      <span aria-hidden="true">{ICONS[tone]}</span>
      {` ${word}`}
    </span>
  )
}
