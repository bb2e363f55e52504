/** What is asked of the relay, the entity and the listeners before anything is judged: see diagnosis.ts. */

export type HostPort = { readonly host: string; readonly port: number }

/** What came of sending through the relay as an app does. */
export type Attempt =
  | {
      readonly outcome: 'failed'
      /** Code of the client library, e.g. RELAY_NO_LISTENERS. */
      readonly code: string
      /** What the relay, the listener or the system said. */
      readonly message: string
    }
  | {
      readonly outcome: 'open'
      /** Bytes that came from the endpoint. */
      readonly bytes: number
      /** Null when the tunnel was still open after it had been watched for a while. */
      readonly ended: { readonly afterMs: number; readonly reason: string } | null
    }

/** A refusal that a listener got, or the end of its control channel. */
export type ListenerFault = {
  readonly at: string
  /** Code of the fault, null when it just ended. */
  readonly code: string | null
  readonly message: string
}

/** All that the rules look at. Null stands for what could not be found out. */
export type DiagnosisFacts = {
  /** `NAMESPACE/HYBRID-CONNECTION`, for texts. */
  readonly name: string
  /** What the app has in its configuration. */
  readonly appHost: HostPort | null
  /** Whether the hybrid connection exists, and the endpoint its metadata names. */
  readonly entity: { readonly exists: boolean; readonly endpoint: HostPort | null } | null
  readonly attempt: Attempt | null
  /** The gateway at which a listener was last awaited in vain, where gateways have names of their own. */
  readonly gateway?: string | null
  readonly listeners: {
    readonly live: number
    /** The last refusal of a listener since one was last connected. */
    readonly lastRefusal: ListenerFault | null
    /** How the last control channel ended. */
    readonly lastEnd: ListenerFault | null
  } | null
}
