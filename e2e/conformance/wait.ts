import { Unmet } from './case.ts'
import type { Scope } from './scope.ts'

/** Who waits for a change of something. */
export class Waiters {
  readonly #wakers = new Set<() => void>()

  /** Something changed: everybody looks again. */
  wake(): void {
    for (const wake of this.#wakers) wake()
  }

  /**
   * Resolves with what `poll` gives once that is not undefined. Rejects with an Unmet naming `what` after
   * `patienceMs`, or with the Unmet that `isOver` gives; and when the case is over.
   */
  async until<Value>(
    scope: Scope,
    what: string,
    poll: () => Value | undefined,
    options: { readonly patienceMs?: number; readonly isOver?: () => string | undefined } = {},
  ): Promise<Value> {
    const { patienceMs = scope.patienceMs, isOver = () => undefined } = options
    const endsAtMs = performance.now() + patienceMs
    for (;;) {
      const found = poll()
      if (found !== undefined) return found
      const end = isOver()
      if (end !== undefined) throw new Unmet(`${what} did not come: ${end}`)
      const leftMs = endsAtMs - performance.now()
      if (leftMs <= 0) throw new Unmet(`${what} did not come within ${patienceMs} ms`)
      await this.#change(scope, leftMs)
    }
  }

  #change(scope: Scope, ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        clearTimeout(timer)
        this.#wakers.delete(onChange)
        scope.signal.removeEventListener('abort', onAbort)
        act()
      }
      const onChange = () => settle(resolve)
      const onAbort = () => settle(() => reject(scope.signal.reason as Error))
      const timer = setTimeout(onChange, ms)
      this.#wakers.add(onChange)
      if (scope.signal.aborted) onAbort()
      else scope.signal.addEventListener('abort', onAbort, { once: true })
    })
  }
}
