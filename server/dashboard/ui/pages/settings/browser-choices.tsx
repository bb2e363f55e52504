import type { Preferences, Theme } from '../../../../../console/ui/preferences.ts'

const THEMES: readonly (readonly [value: Theme, word: string])[] = [
  ['system', 'System'],
  ['light', 'Light'],
  ['dark', 'Dark'],
]

/** What this browser keeps for itself. */
export function BrowserChoices({ preferences }: { readonly preferences: Preferences }) {
  const { theme, hasShortcuts } = preferences
  return (
    <section class="card" aria-labelledby="browser">
      <h2 id="browser">This browser</h2>
      <fieldset class="setting">
        <legend>Theme</legend>
        <span class="together">
          {THEMES.map(([value, word]) => (
            <label key={value} class="option">
              <input
                type="radio"
                name="theme"
                checked={theme.value === value}
                onChange={() => {
                  theme.value = value
                }}
              />
              {word}
            </label>
          ))}
        </span>
      </fieldset>
      <div class="setting">
        <span>Shortcuts</span>
        <label class="option">
          <input
            type="checkbox"
            checked={hasShortcuts.value}
            onChange={(event) => {
              hasShortcuts.value = event.currentTarget.checked
            }}
          />
          Single keys act (<kbd>?</kbd> lists them)
        </label>
      </div>
    </section>
  )
}
