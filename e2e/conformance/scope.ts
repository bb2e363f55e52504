import { setMaxListeners } from 'node:events'
import { Unmet } from './case.ts'

export type ScopeOptions = {
  /** How long one thing may take to come, ms. */
  readonly patienceMs: number
  /** How long the whole case may take, ms; Infinity for a scope that only `signal` ends. */
  readonly limitMs: number
  readonly signal: AbortSignal
}

/** What one case opens, and how long it waits. Everything is closed when the case is over. */
export class Scope implements AsyncDisposable {
  readonly patienceMs: number
  /** Ends all waiting. */
  readonly signal: AbortSignal
  readonly notes: string[] = []
  readonly #cleanups: (() => unknown)[] = []
  readonly #over = new AbortController()
  readonly #limit: NodeJS.Timeout | undefined
  #isOver = false

  constructor({ patienceMs, limitMs, signal }: ScopeOptions) {
    this.patienceMs = patienceMs
    const onLimit = () => this.#over.abort(new Unmet(`the case took longer than ${limitMs} ms`))
    this.#limit = limitMs === Infinity ? undefined : setTimeout(onLimit, limitMs)
    this.signal = AbortSignal.any([signal, this.#over.signal])
    // Everything that a case waits for listens to it.
    setMaxListeners(0, this.signal)
  }

  /** Calls back when the case is over, the latest first; at once when it is. */
  defer(cleanup: () => unknown): void {
    if (this.#isOver) cleanup()
    else this.#cleanups.push(cleanup)
  }

  /** Adds a line to the report. */
  note(text: string): void {
    this.notes.push(text)
  }

  /** Resolves after `ms`; rejects when the case is over before. */
  pause(ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        clearTimeout(timer)
        reject(this.signal.reason as Error)
      }
      const timer = setTimeout(() => {
        this.signal.removeEventListener('abort', onAbort)
        resolve()
      }, ms)
      this.signal.addEventListener('abort', onAbort, { once: true })
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#limit)
    this.#isOver = true
    this.#over.abort(new Unmet('the case is over'))
    for (const cleanup of this.#cleanups.splice(0).reverse()) await cleanup()
  }
}
