import type { FaultGate, PlannedRefusal } from '../relay/fault-gate.ts'

/** How a sender is refused: with a status of 100 to 999, or with what a time-out gives. */
export type RefusalAnswer = number | 'timeout'

/** One refusal that waits for its sender. */
export type PlannedFault = {
  /** Name within this server, `f_1`. */
  readonly id: string
  readonly namespace: string
  readonly hybridConnection: string
  readonly answer: RefusalAnswer
}

/** What is planned, in the order it was. One per server. */
export class FaultPlan implements FaultGate {
  #planned: readonly PlannedFault[] = []
  #count = 0

  /** Refuses one more sender of this hybrid connection, behind those that wait already. */
  refuseNext(namespace: string, hybridConnection: string, answer: RefusalAnswer): PlannedFault {
    const fault = { id: `f_${++this.#count}`, namespace, hybridConnection, answer }
    this.#planned = [...this.#planned, fault]
    return fault
  }

  takeRefusal(namespace: string, hybridConnection: string): PlannedRefusal | undefined {
    const fault = this.#planned.find(isOf(namespace, hybridConnection))
    if (!fault) return undefined
    this.cancel(fault.id)
    return fault.answer === 'timeout'
      ? { kind: 'timedOut' }
      : { kind: 'rejected', status: fault.answer }
  }

  /** What waits, oldest first. */
  list(): readonly PlannedFault[] {
    return this.#planned
  }

  /** False when no such fault waits. */
  cancel(id: string): boolean {
    const before = this.#planned.length
    this.#planned = this.#planned.filter((fault) => fault.id !== id)
    return this.#planned.length < before
  }

  /** Fair weather everywhere, or for one hybrid connection; for all of a namespace when that is null. */
  clear(of?: { readonly namespace: string; readonly hybridConnection: string | null }): void {
    const isMeant = of ? isOf(of.namespace, of.hybridConnection) : () => true
    this.#planned = this.#planned.filter((fault) => !isMeant(fault))
  }
}

/** Names are compared without case. */
function isOf(namespace: string, hybridConnection: string | null) {
  return (fault: PlannedFault) =>
    fault.namespace.toLowerCase() === namespace.toLowerCase() &&
    (hybridConnection === null ||
      fault.hybridConnection.toLowerCase() === hybridConnection.toLowerCase())
}
