import { randomUUID } from 'node:crypto'
import { RelayError } from '../../protocol/errors.ts'
import { isSameFixedLength } from '../../protocol/secret.ts'
import { type Membership, ShortLivedSet } from './short-lived.ts'

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
  /** Names the offer in its address, in hex: 122 random bits, then its place in the registry. */
  readonly secret: string
  /** Name of the namespace it belongs to. */
  readonly namespace: string
  readonly #waiting: Membership<Offer<Joined>>
  #listener: ((outcome: OfferOutcome<Joined>) => void) | undefined
  #outcome: OfferOutcome<Joined> | undefined

  /** It stands in `waiting` until it is settled or taken. */
  constructor(namespace: string, waiting: ShortLivedSet<Offer<Joined>>) {
    this.namespace = namespace
    this.#waiting = waiting.add(this)
    this.secret = randomUUID().replaceAll('-', '') + this.#waiting.place.toString(16)
  }

  /** Nobody else may take it any more. */
  consume(): void {
    this.#waiting.leave()
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
    this.consume()
    this.#listener?.(outcome)
  }
}

/** Digits of a secret before its place. */
const RANDOM_DIGITS = 32

/** Offers that wait for a listener to dial them. One per server. */
export class RendezvousRegistry<Joined> {
  readonly #waiting = new ShortLivedSet<Offer<Joined>>()

  /** Makes an offer; it waits from now on. */
  open(namespace: string): Offer<Joined> {
    return new Offer<Joined>(namespace, this.#waiting)
  }

  /** Finds the offer of a dialled address and consumes it. Throws RELAY_RENDEZVOUS_UNKNOWN, naming `id`. */
  take(secret: string | undefined, id: string | undefined): Offer<Joined> {
    const offer = this.#find(secret)
    if (!offer) {
      throw new RelayError(
        'RELAY_RENDEZVOUS_UNKNOWN',
        `Unknown Connection ID: ${id ?? ''}. Is the listener accepting the connection too late?`,
      )
    }
    offer.consume()
    return offer
  }

  /** The namespace of a waiting offer: a dialled gateway's name does not tell it. */
  namespaceOf(secret: string | undefined): string | undefined {
    return this.#find(secret)?.namespace
  }

  #find(secret = ''): Offer<Joined> | undefined {
    const offer = this.#waiting.at(Number.parseInt(secret.slice(RANDOM_DIGITS), 16))
    return offer && isSameFixedLength(offer.secret, secret) ? offer : undefined
  }

  get size(): number {
    return this.#waiting.size
  }
}
