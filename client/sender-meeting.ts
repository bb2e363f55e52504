import type { ServiceMessage } from '../protocol/control-message.ts'
import { RelayError } from '../protocol/errors.ts'
import { followSignals } from './abort-link.ts'
import type { Dialled, DialOptions } from './dialer.ts'
import { RelayClientError } from './errors.ts'
import {
  type AcceptHandler,
  type ConnectionOffer,
  type OfferAnswer,
  checkedAnswer,
  readOffer,
  rejectAddress,
} from './offer.ts'

/** The message that offers a sender. */
type Accept = Extract<ServiceMessage, { kind: 'accept' }>

export type SenderMeetingDeps = {
  readonly acceptHandler: AcceptHandler
  /** How long deciding and dialling may take together, ms. */
  readonly timeoutMs: number
  /** Aborts every meeting. */
  readonly closing: AbortSignal
  /** True while no further sender is taken. */
  readonly isFull: () => boolean
  /** Dials a rendezvous. */
  readonly dial: (
    address: string,
    options: Pick<DialOptions, 'protocols' | 'signal'>,
  ) => Promise<Dialled>
  /** The connection is open; `offer` is the object that the accept handler saw. */
  readonly met: (dialled: Dialled, offer: ConnectionOffer) => void
  readonly fault: (error: RelayClientError) => void
}

/** Meets the senders that the relay offers: decides on each, dials its rendezvous, hands the connection over. */
export class SenderMeeting {
  readonly #deps: SenderMeetingDeps

  constructor(deps: SenderMeetingDeps) {
    this.#deps = deps
  }

  /** Resolves when the sender is met, rejected, or lost. Never rejects. */
  async meet(message: Accept): Promise<void> {
    const { timeoutMs, closing, fault } = this.#deps
    const meeting = new AbortController()
    const timer = setTimeout(
      () =>
        meeting.abort(new RelayClientError('RELAY_TIMEOUT', 'A sender could not be met in time.')),
      timeoutMs,
    )
    const { signal, release } = followSignals(meeting.signal, closing)
    try {
      await this.#meetWithin(message, signal)
    } catch (error) {
      // Whoever prepared for this sender learns that it does not come.
      meeting.abort(error)
      if (!closing.aborted) fault(meetingFault(error))
    } finally {
      clearTimeout(timer)
      release()
    }
  }

  async #meetWithin(message: Accept, signal: AbortSignal): Promise<void> {
    const { dial, met } = this.#deps
    const offer = readOffer(message)
    const answer = await this.#decide(offer, signal)
    if (!answer.accept) return this.#reject(message.address, answer, signal)
    // '' says that none was chosen, as in `info.protocol`.
    const protocols = answer.protocol ? [answer.protocol] : []
    met(await dial(message.address, { protocols, signal }), offer)
  }

  async #decide(offer: ConnectionOffer, signal: AbortSignal): Promise<OfferAnswer> {
    const { isFull, acceptHandler, fault } = this.#deps
    if (isFull()) {
      return { accept: false, status: 503, reason: 'The listener takes no more connections now.' }
    }
    try {
      return checkedAnswer(await acceptHandler(offer, signal))
    } catch (error) {
      fault(meetingFault(error))
      const reason = `The accept handler of the listener failed. TrackingId:${offer.id}`
      return { accept: false, status: 502, reason }
    }
  }

  /** The relay confirms a rejection with 410 Gone. */
  async #reject(
    address: string,
    answer: Extract<OfferAnswer, { accept: false }>,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      const refusal = rejectAddress(address, answer.status, answer.reason)
      const { frames } = await this.#deps.dial(refusal, { signal })
      frames.destroy()
    } catch (error) {
      if (!(error instanceof RelayClientError) || error.status !== 410) throw error
    }
  }
}

function meetingFault(error: unknown): RelayClientError {
  if (error instanceof RelayClientError) return error
  if (error instanceof RelayError) {
    return new RelayClientError('RELAY_PROTOCOL', error.message, { cause: error })
  }
  return new RelayClientError('RELAY_REJECTED', 'A sender could not be accepted.', { cause: error })
}
