import { RelayError, type RelayErrorCode } from '../../protocol/errors.ts'
import { ShortLivedSet } from './short-lived.ts'

/** Something of HTTP that is under way for one hybrid connection. */
export type Activity = {
  readonly namespace: string
  readonly hybridConnection: string
  /** Ends it for a reason of the relay's own. */
  end(code: RelayErrorCode): void
}

/** Requests that are not yet answered, and rendezvous that stay for further ones. One per server. */
export class HttpActivity {
  readonly #requests = new ShortLivedSet<Activity>()
  readonly #rendezvous = new ShortLivedSet<Activity>()
  #isStopping = false
  #drained: (() => void) | undefined

  /** Answers the function that takes it out again. Throws RELAY_STOPPING after {@link stop}. */
  addRequest(request: Activity): () => void {
    if (this.#isStopping) throw new RelayError('RELAY_STOPPING')
    const membership = this.#requests.add(request)
    return () => {
      membership.leave()
      if (this.#requests.size === 0) this.#drained?.()
    }
  }

  /** Answers the function that takes it out again. */
  addRendezvous(rendezvous: Activity): () => void {
    const membership = this.#rendezvous.add(rendezvous)
    return () => void membership.leave()
  }

  /** Ends everything that `isMeant` names. */
  end(isMeant: (activity: Activity) => boolean, code: RelayErrorCode): void {
    for (const activity of [...this.#requests, ...this.#rendezvous]) {
      if (isMeant(activity)) activity.end(code)
    }
  }

  get isStopping(): boolean {
    return this.#isStopping
  }

  /** Takes no further request, waits at most `drainMs` for the others, and ends what is left. */
  async stop(drainMs: number): Promise<void> {
    this.#isStopping = true
    if (this.#requests.size > 0 && drainMs > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, drainMs)
        this.#drained = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    this.end(() => true, 'RELAY_STOPPING')
  }
}
