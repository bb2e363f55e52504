/** A key as it was pressed, and where. */
export type Press = {
  readonly key: string
  readonly hasModifier: boolean
  /** The focus is where text is written. */
  readonly isInText: boolean
}

/** What a page does on single keys: `/`, `?`, `p`, and `g` followed by one of `pages`. */
export type ShortcutActions = {
  readonly filter: () => void
  readonly help: () => void
  readonly pause: () => void
  readonly go: (letter: string) => void
}

/**
 * Leads single keys to actions; `take` tells whether one was used. Never in a text field, never with a modifier,
 * and not at all when they are switched off. Source: dashboard 1, Keyboard.
 */
export class Shortcuts {
  readonly #actions: ShortcutActions
  readonly #pages: string
  readonly #isOn: () => boolean
  #isGoing = false

  constructor(actions: ShortcutActions, pages: string, isOn: () => boolean) {
    this.#actions = actions
    this.#pages = pages
    this.#isOn = isOn
  }

  take({ key, hasModifier, isInText }: Press): boolean {
    const wasGoing = this.#isGoing
    this.#isGoing = false
    if (isInText || hasModifier || !this.#isOn()) return false
    if (wasGoing && key.length === 1 && this.#pages.includes(key)) {
      this.#actions.go(key)
      return true
    }
    switch (key) {
      case 'g':
        this.#isGoing = true
        return true
      case '/':
        this.#actions.filter()
        return true
      case '?':
        this.#actions.help()
        return true
      case 'p':
        this.#actions.pause()
        return true
      default:
        return false
    }
  }
}
