import { type Signal, signal } from '@preact/signals'

export type Theme = 'system' | 'light' | 'dark'

/** What a person chose for their browser; nothing of it is secret. Kept in localStorage, so it outlives the page. */
export type Preferences = {
  readonly theme: Signal<Theme>
  /** Single keys act. */
  readonly hasShortcuts: Signal<boolean>
}

export function openPreferences(): Preferences {
  const theme = stored<Theme>('theme', 'system', (text) =>
    text === 'light' || text === 'dark' ? text : undefined,
  )
  theme.subscribe((value) => {
    document.documentElement.dataset['theme'] = value
  })
  const hasShortcuts = stored('shortcuts', true, (text) => text !== 'false')
  return { theme, hasShortcuts }
}

function stored<Value extends string | boolean>(
  key: string,
  fallback: Value,
  read: (text: string) => Value | undefined,
): Signal<Value> {
  const text = localStorage.getItem(key)
  const value = signal<Value>((text === null ? undefined : read(text)) ?? fallback)
  value.subscribe((next) => localStorage.setItem(key, String(next)))
  return value
}
