import type { Changes } from './changes.ts'
import type { ListenerIdentity } from './control-channel.ts'
import type { OfferOutcome } from './rendezvous-registry.ts'
import type { Membership } from './short-lived.ts'
import type { CloseFrame, Side, Splice, SpliceEnd } from './splice.ts'

/** Where a sender's connection stands. Source: dashboard 2.4. */
export type Phase =
  | 'connecting'
  | 'acceptSent'
  | 'accepted'
  | 'open'
  | 'closing'
  | 'closed'
  | 'refused'
  | 'rejected'
  | 'timedOut'
  | 'abandoned'

const ENDS: ReadonlySet<Phase> = new Set(['closed', 'refused', 'rejected', 'timedOut', 'abandoned'])

export type ConnectionIdentity = {
  /** Name within this server, `c_1`. */
  readonly id: string
  readonly namespace: string
  /** The entity's name; the path as asked when there is no such entity. */
  readonly hybridConnection: string
  readonly trackingId: string
  readonly label: string
  readonly remote: string
}

/** One sender's connection from its first byte to its last: what happened when, and the means to end it. */
export class Connection {
  readonly identity: ConnectionIdentity
  readonly startedAtMs: number
  /** Rule of the sender's token; null before it is checked, and for anonymous senders. */
  rule: string | null = null
  listener: ListenerIdentity | null = null
  /** Where the listener dialled the rendezvous from. */
  listenerRemote: string | null = null
  /** Sub-protocol that the listener chose. */
  subProtocol: string | null = null
  /** Host of the address that the listener was offered, with its port where it is not the scheme's. */
  rendezvousHost: string | null = null
  /** Ends an offer that waits. */
  cancel: ((outcome: OfferOutcome<never>) => void) | undefined
  splice: Splice | undefined
  /** In the set of those that live, from the start. */
  membership: Membership<Connection> | undefined
  /** Status and reason of a refusal or rejection, or how an open pair ended. */
  end: SpliceEnd | null = null
  /** Bytes per second in the last full second. */
  rateToListener = 0
  rateToSender = 0
  /** The Close frames that its ends wrote, and when, ms since the start. */
  closes: { readonly [Of in Side]?: TimedClose } = NO_CLOSES
  /** Grows with what others are to see: phases at once, figures once a second. */
  revision = 0
  /** Where that is told, once it stands in a set. */
  changes: Changes<Connection> | undefined
  #phase: Phase = 'connecting'
  /** Phases in the order they were entered, and when: smaller than a Map, and thousands are kept. */
  readonly #entered: Phase[] = []
  readonly #enteredMs: number[] = []
  readonly #startedAt = performance.now()
  #final = NOTHING
  #sampled = NOTHING

  constructor(identity: ConnectionIdentity, nowMs: number) {
    this.identity = identity
    this.startedAtMs = nowMs
  }

  get phase(): Phase {
    return this.#phase
  }

  get hasEnded(): boolean {
    return ENDS.has(this.#phase)
  }

  /** Moves on; nothing follows an end. */
  enter(phase: Phase): void {
    if (this.hasEnded) return
    this.#phase = phase
    this.#tell()
    this.#entered.push(phase)
    this.#enteredMs.push(performance.now() - this.#startedAt)
  }

  /** When a phase was entered, ms since the start; null when it was not. */
  enteredMs(phase: Phase): number | null {
    return this.#enteredMs[this.#entered.lastIndexOf(phase)] ?? null
  }

  /** When it ended, ms since the start; null while it lives. */
  get endedMs(): number | null {
    return this.hasEnded ? this.enteredMs(this.#phase) : null
  }

  get bytesToListener(): number {
    return this.splice?.bytesToListener ?? this.#final.toListener
  }

  get bytesToSender(): number {
    return this.splice?.bytesToSender ?? this.#final.toSender
  }

  /** Data frames that passed. */
  get framesToListener(): number {
    return this.splice?.framesToListener ?? this.#final.framesToListener
  }

  get framesToSender(): number {
    return this.splice?.framesToSender ?? this.#final.framesToSender
  }

  /** One end wrote a Close frame. */
  closedBy(side: Side, frame: CloseFrame): void {
    this.closes = { ...this.closes, [side]: { ...frame, ms: performance.now() - this.#startedAt } }
    this.#tell()
  }

  /** Lets go of the sockets of a connection that has ended; the figures stay. */
  release(): void {
    this.#final = this.#figures()
    this.#tell()
    this.splice = undefined
    this.cancel = undefined
    this.rateToListener = this.rateToSender = 0
  }

  /** Takes the rates of the second that has just passed. */
  sample(): void {
    const { bytesToListener, bytesToSender } = this
    const before = this.#sampled
    const rateToListener = bytesToListener - before.toListener
    const rateToSender = bytesToSender - before.toSender
    const isStill =
      rateToListener === this.rateToListener &&
      rateToSender === this.rateToSender &&
      this.framesToListener === before.framesToListener &&
      this.framesToSender === before.framesToSender
    if (isStill && rateToListener === 0 && rateToSender === 0) return
    this.rateToListener = rateToListener
    this.rateToSender = rateToSender
    this.#sampled = this.#figures()
    this.#tell()
  }

  #tell(): void {
    this.revision++
    this.changes?.note(this)
  }

  #figures(): Figures {
    return {
      toListener: this.bytesToListener,
      toSender: this.bytesToSender,
      framesToListener: this.framesToListener,
      framesToSender: this.framesToSender,
    }
  }
}

type TimedClose = CloseFrame & { readonly ms: number }
type Figures = {
  readonly toListener: number
  readonly toSender: number
  readonly framesToListener: number
  readonly framesToSender: number
}

const NO_CLOSES = {}
const NOTHING: Figures = { toListener: 0, toSender: 0, framesToListener: 0, framesToSender: 0 }
