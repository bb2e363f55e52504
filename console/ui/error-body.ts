/** What both APIs answer when they refuse. Source: dashboard 4. */
export type ErrorBody = {
  readonly error: {
    readonly code: string
    readonly message: string
    readonly next?: string | null
    readonly details?: readonly { readonly target: string; readonly message: string }[]
  }
}
