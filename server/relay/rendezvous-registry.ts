import { randomUUID } from 'node:crypto'
import { RelayError } from '../../protocol/errors.ts'

/** What became of an offer; the first outcome counts. */
export type OfferOutcome<Joined> =
  | { readonly kind: 'joined'; readonly joined: Joined }
  | { readonly kind: 'rejected'; readonly status: number; readonly description: string }
  /** No listener came in time. */
  | { readonly kind: 'timedOut' }
  /** The sender went away. */
  | { readonly kind: 'abandoned' }
  /** The listener that had the offer lost its control channel. */
  | { readonly kind: 'channelLost' }
  /** The hybrid connection was deleted, or somebody ended the connection by hand. */
  | { readonly kind: 'cancelled' }

/** A connection offered to one listener, whose address is good for one call. */
export class Offer<Joined> {
  /** Names the offer in its address; 122 random bits in hex. */
  readonly secret = randomUUID().replaceAll('-', '')
  readonly outcome: Promise<OfferOutcome<Joined>>
  #resolve!: (outcome: OfferOutcome<Joined>) => void
  readonly #forget: () => void

  constructor(forget: (offer: Offer<Joined>) => void) {
    this.outcome = new Promise((resolve) => {
      this.#resolve = resolve
    })
    this.#forget = () => forget(this)
  }

  /** Ends the offer. Later calls change nothing. */
  settle(outcome: OfferOutcome<Joined>): void {
    this.#forget()
    this.#resolve(outcome)
  }
}

/** Offers that wait for a listener to dial them. One per server. */
export class RendezvousRegistry<Joined> {
  readonly #waiting = new Map<string, Offer<Joined>>()

  /** Makes an offer; it waits from now on. */
  open(): Offer<Joined> {
    const offer = new Offer<Joined>((settled) => this.#waiting.delete(settled.secret))
    this.#waiting.set(offer.secret, offer)
    return offer
  }

  /** Finds the offer of a dialled address and consumes it. Throws RELAY_RENDEZVOUS_UNKNOWN, naming `id`. */
  take(secret: string | undefined, id: string | undefined): Offer<Joined> {
    const offer = this.#waiting.get(secret ?? '')
    if (!offer) {
      throw new RelayError(
        'RELAY_RENDEZVOUS_UNKNOWN',
        `Unknown Connection ID: ${id ?? ''}. Is the listener accepting the connection too late?`,
      )
    }
    this.#waiting.delete(offer.secret)
    return offer
  }

  get size(): number {
    return this.#waiting.size
  }
}
