import { Dialog } from './dialog.tsx'
import type { Feed } from './feed.ts'
import type { PageLocation } from './location.ts'
import type { Preferences } from './preferences.ts'
import { Shortcuts } from './shortcuts.ts'

type KeysOptions = {
  /** Where a letter behind `g` goes. */
  readonly pages: Readonly<Record<string, readonly string[]>>
  readonly feed: Feed
  readonly location: PageLocation
  readonly preferences: Preferences
  readonly help: () => void
}

/** Acts on single keys until the function it gives is called. */
export function listenForShortcuts(options: KeysOptions): () => void {
  const { pages, feed, location, preferences, help } = options
  const actions = {
    filter: () => document.querySelector<HTMLElement>('[data-filter]')?.focus(),
    help,
    pause: () => feed.setPaused(feed.waiting.value === null),
    go: (letter: string) => location.go(pages[letter] ?? []),
  }
  const letters = Object.keys(pages).join('')
  const shortcuts = new Shortcuts(actions, letters, () => preferences.hasShortcuts.value)
  const onKeyDown = (event: KeyboardEvent) => {
    if (document.querySelector('dialog[open]')) return
    const { target, key } = event
    const isInText =
      target instanceof HTMLElement &&
      target.matches('input:not([type=checkbox]), textarea, select')
    const hasModifier = event.ctrlKey || event.altKey || event.metaKey
    if (shortcuts.take({ key, hasModifier, isInText })) event.preventDefault()
  }
  document.addEventListener('keydown', onKeyDown)
  return () => document.removeEventListener('keydown', onKeyDown)
}

type HelpProps = {
  readonly pages: readonly { readonly title: string; readonly key: string }[]
  /** For a page without a place for settings: the switch is here then. */
  readonly preferences?: Preferences
  readonly onClose: () => void
}

/** The list of keys. */
export function KeyHelp({ pages, preferences, onClose }: HelpProps) {
  const keys = [
    ['/', 'to the filter'],
    ['p', 'stop and go on with the live feed'],
    ['?', 'this list'],
    ['Esc', 'close or clear'],
    ...pages.map(({ title, key }) => [`g ${key}`, title] as const),
    ['Arrows, PageUp, PageDown, Home, End', 'move in a table'],
    ['Enter', 'open the row'],
    ['Space', 'tick the row'],
    ['Shift+F10 or the menu key', 'menu of the row'],
  ] as const
  return (
    <Dialog title="Keys" onClose={onClose}>
      <dl class="facts">
        {keys.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      {preferences ? (
        <label>
          <input
            type="checkbox"
            checked={preferences.hasShortcuts.value}
            onChange={(event) => {
              preferences.hasShortcuts.value = event.currentTarget.checked
            }}
          />{' '}
          Single keys act
        </label>
      ) : (
        <p class="note">Single keys can be switched off under Settings.</p>
      )}
      <p class="buttons">
        <button type="button" onClick={onClose}>
          Close
        </button>
      </p>
    </Dialog>
  )
}
