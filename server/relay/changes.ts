/** Changes that are remembered for who asks often; who asks seldom looks at everything instead. */
const MAX_KEPT = 5_000

/**
 * What has changed since somebody asked, for one asker. Nothing is kept before the first question, nor once it would be
 * more than a look at everything is worth: an asker that stays away costs nothing.
 */
export class Changes<Item> {
  /** Called when what was kept is given up, so that the asker may do the same. */
  whenLost: () => void = () => undefined
  #items: Item[] | undefined

  note(item: Item): void {
    if (!this.#items) return
    if (this.#items.push(item) > MAX_KEPT) this.lose()
  }

  lose(): void {
    this.#items = undefined
    this.whenLost()
  }

  /** In the order in which they were noted, some of them several times; undefined: anything may have changed. */
  take(): readonly Item[] | undefined {
    const items = this.#items
    this.#items = []
    return items
  }
}
