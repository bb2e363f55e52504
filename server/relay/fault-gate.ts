/** What a sender gets in place of an offer to a listener. */
export type PlannedRefusal =
  /** As if a listener had rejected it with this status, 100 to 999. */
  | { readonly kind: 'rejected'; readonly status: number }
  /** As if no listener had answered in time, without the wait. */
  | { readonly kind: 'timedOut' }

/** Bad weather that somebody planned for the relay, which asks at each sender and does not know who plans. */
export interface FaultGate {
  /**
   * Takes what is planned for the next sender of a hybrid connection, a WebSocket or a request; it counts once.
   * Undefined in fair weather.
   */
  takeRefusal(namespace: string, hybridConnection: string): PlannedRefusal | undefined
}

/** Reason phrase of a sender that a plan rejects. */
export const PLANNED_REASON = 'Rejected by a planned fault'
