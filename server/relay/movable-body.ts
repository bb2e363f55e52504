import type { RequestRendezvous } from './request-rendezvous.ts'

type Target = Pick<RequestRendezvous, 'sendPart' | 'untilRead'>
type Part = { readonly bytes: Uint8Array; readonly isFinal: boolean }

/** Most that is kept of a body for another rendezvous, bytes. */
const MAX_KEPT_BYTES = 1024 * 1024

/**
 * Where a body goes that is streamed to a rendezvous which served a request before. Its listener may be closing it at
 * this very moment, so the beginning is kept: it can be written again to the rendezvous that takes its place. More
 * goes when the listener has read that much, and so has not closed.
 */
export class MovableBody implements Pick<Target, 'sendPart'> {
  #target: Target | undefined
  #kept: Part[] | undefined = []
  #keptBytes = 0
  #isReleased = false
  #settle!: () => void
  /** Resolves when parts have somewhere to go again. */
  readonly #settled: Promise<void>

  constructor(target: Target) {
    this.#target = target
    this.#settled = new Promise((resolve) => {
      this.#settle = resolve
    })
  }

  /** True from {@link leave} to {@link moveTo}. */
  get isWaiting(): boolean {
    return this.#target === undefined
  }

  async sendPart(bytes: Uint8Array, isFinal: boolean): Promise<void> {
    if (this.#kept && this.#keptBytes + bytes.length > MAX_KEPT_BYTES)
      await this.#target?.untilRead()
    if (!this.#target && !this.#isReleased) await this.#settled
    this.#keep({ bytes, isFinal })
    await this.#target?.sendPart(bytes, isFinal)
  }

  /** Holds further parts back until there is another target. False when too much has gone to be written again. */
  leave(): boolean {
    if (!this.#kept) return false
    this.#target = undefined
    return true
  }

  /** Writes again what the target before had got, and what follows. */
  async moveTo(target: Target): Promise<void> {
    const kept = this.#kept ?? []
    this.#kept = undefined
    for (const { bytes, isFinal } of kept) await target.sendPart(bytes, isFinal)
    this.#target = target
    this.#settle()
  }

  /** Nobody wants the body any more: parts that wait are forgotten. */
  release(): void {
    this.#isReleased = true
    this.#kept = undefined
    this.#settle()
  }

  #keep(part: Part): void {
    this.#keptBytes += part.bytes.length
    if (this.#keptBytes > MAX_KEPT_BYTES) this.#kept = undefined
    else this.#kept?.push(part)
  }
}
