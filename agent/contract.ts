/** Shapes of the agent's control API under `/api/v1`. Source: dashboard 5. */

/** `NotFound`: the relay says that there is no such hybrid connection. */
export type ConnectionStatus = 'Connected' | 'Not connected' | 'NotFound'

/** One hybrid connection. Times are ISO 8601; null and '' stand for what is not known. */
export type ConnectionRow = {
  readonly name: string
  readonly namespace: string
  /** HOST:PORT; '' while none is known. */
  readonly endpoint: string
  readonly status: ConnectionStatus
  readonly numberOfListeners: number | null
  /** `sb://HOST[:PORT]/`. */
  readonly serviceBusEndpoint: string
  readonly createdOn: string | null
  readonly lastUpdated: string | null
  readonly lastError: string | null
  readonly nextAttemptAt: string | null
  /** Set when the relay's userMetadata is no longer what {@link ConnectionRow.endpoint} was learned from. */
  readonly note: string | null
}

export type ServiceRow = {
  readonly name: string
  readonly version: string
  /** The newer version, when one is known. */
  readonly latest: string | null
  readonly startedAt: string
  /** Page of the relay's dashboard, when one was given. */
  readonly adminUrl: string | null
  readonly pid: number
  /** Number of the last log line. */
  readonly lastLog: number
}

/** What a code is given in for. */
export type SessionAnswer = { readonly token: string; readonly expiresAt: string }

/** A code for one browser: good once, until `expiresAt`. */
export type CodeAnswer = { readonly code: string; readonly expiresAt: string }

/** A person who signs in to Azure for one dialog. */
export type SignInRow = {
  readonly id: string
  readonly state: 'waiting' | 'signedIn' | 'failed'
  /** What to type at {@link SignInRow.verificationUri}. */
  readonly userCode: string
  readonly verificationUri: string
  /** What the login service says about it. */
  readonly message: string
  /** Why it failed. */
  readonly error: string | null
  /** When the daemon forgets it at the latest. */
  readonly expiresAt: string
}

export type SubscriptionRow = { readonly id: string; readonly name: string }

/** A hybrid connection of a subscription, as a person chooses from. */
export type AzureConnectionRow = {
  /** Resource id. */
  readonly id: string
  readonly name: string
  readonly region: string
  readonly namespace: string
  /** HOST:PORT; '' where the metadata names none. */
  readonly endpoint: string
  readonly isAdded: boolean
  /** The action that whoever signed in lacks; null when nothing is known to be missing. */
  readonly missingAction: string | null
}

/** What became of one that was chosen: `error` says why it was not added. */
export type AddedRow = {
  readonly resourceId: string
  readonly connection: ConnectionRow | null
  readonly error: { readonly message: string; readonly next: string | null } | null
}

/** One of the three checks. `ok` is null for one that was not made; `detail` says why. */
export type CheckRow = {
  readonly name: 'resolve' | 'connect' | 'relay'
  readonly ok: boolean | null
  readonly ms: number
  readonly detail: string
}

export type TestAnswer = {
  readonly checks: readonly CheckRow[]
  /** Programs of this machine beside which the real manager could not run. */
  readonly warnings: readonly string[]
}

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal'

/** One line of the agent's log. `n` counts from 1 at each start of the daemon. */
export type LogRow = {
  readonly n: number
  readonly at: string
  readonly level: LogLevel
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** The body of every answer that is an error. */
export type ErrorAnswer = {
  readonly error: {
    readonly code: string
    readonly message: string
    readonly target: string | null
    readonly next: string | null
    readonly details: readonly []
  }
}
