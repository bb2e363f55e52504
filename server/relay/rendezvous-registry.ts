import { randomUUID } from 'node:crypto'
import { RelayError } from '../../protocol/errors.ts'
import { ShortLivedMap } from './short-lived.ts'

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
  /** Name of the namespace it belongs to. */
  readonly namespace: string
  readonly #forget: (offer: Offer<Joined>) => void
  #listener: ((outcome: OfferOutcome<Joined>) => void) | undefined
  #outcome: OfferOutcome<Joined> | undefined

  constructor(namespace: string, forget: (offer: Offer<Joined>) => void) {
    this.namespace = namespace
    this.#forget = forget
  }

  /** Calls `listener` with the outcome, once; there is one listener. */
  onOutcome(listener: (outcome: OfferOutcome<Joined>) => void): void {
    if (this.#outcome) listener(this.#outcome)
    else this.#listener = listener
  }

  /** Ends the offer. Later calls change nothing. */
  settle(outcome: OfferOutcome<Joined>): void {
    if (this.#outcome) return
    this.#outcome = outcome
    this.#forget(this)
    this.#listener?.(outcome)
  }
}

/** Offers that wait for a listener to dial them. One per server. */
export class RendezvousRegistry<Joined> {
  readonly #waiting = new ShortLivedMap<Offer<Joined>>()

  /** Makes an offer; it waits from now on. */
  open(namespace: string): Offer<Joined> {
    const offer = new Offer<Joined>(namespace, this.#forget)
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

  /** The namespace of a waiting offer: a dialled gateway's name does not tell it. */
  namespaceOf(secret: string | undefined): string | undefined {
    return this.#waiting.get(secret ?? '')?.namespace
  }

  readonly #forget = (settled: Offer<Joined>) => void this.#waiting.delete(settled.secret)

  get size(): number {
    return this.#waiting.size
  }
}
