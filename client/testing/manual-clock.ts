import type { Clock } from '../clock.ts'

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  #nowMs: number
  readonly #timers = new Set<{ readonly atMs: number; readonly fire: () => void }>()

  constructor(nowMs = 1_700_000_000_000) {
    this.#nowMs = nowMs
  }

  now(): number {
    return this.#nowMs
  }

  after(delayMs: number, fire: () => void): () => void {
    const timer = { atMs: this.#nowMs + delayMs, fire }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** Waits that are set, ms from now. */
  get waits(): readonly number[] {
    return [...this.#timers].map(({ atMs }) => atMs - this.#nowMs)
  }

  /** Moves on and fires what is due, in order; then lets promises settle. */
  async advance(byMs: number): Promise<void> {
    const endMs = this.#nowMs + byMs
    for (;;) {
      const due = [...this.#timers]
        .filter(({ atMs }) => atMs <= endMs)
        .toSorted((a, b) => a.atMs - b.atMs)[0]
      if (!due) break
      this.#timers.delete(due)
      this.#nowMs = Math.max(this.#nowMs, due.atMs)
      due.fire()
      await settled()
    }
    this.#nowMs = endMs
    await settled()
  }
}

/** Resolves when the promises that are ready have been followed. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
