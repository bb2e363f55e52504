import type { ErrorAnswer } from './contract.ts'

/** Every code of the agent with the HTTP status of the control API's answer. Source: dashboard 4 and 5. */
const STATUS = {
  RELAY_INPUT_INVALID: 400,
  RELAY_ADMIN_TOKEN_REQUIRED: 401,
  RELAY_HOST_REFUSED: 403,
  RELAY_ORIGIN_REFUSED: 403,
  RELAY_ITEM_NOT_FOUND: 404,
  RELAY_BODY_TOO_LARGE: 413,
  RELAY_CONTENT_TYPE: 415,
  /** Five wrong codes: none is taken for a while. */
  RELAY_TOO_MANY_CODES: 429,
  RELAY_TOO_MANY_FEEDS: 429,
  RELAY_INTERNAL: 500,
  RELAY_STOPPING: 503,
  /** Signing in to Azure, or its management plane, failed. */
  HCM_AZURE_FAILED: 502,
  /** The state folder cannot be used; the daemon does not start. */
  HCM_STATE_DAMAGED: 500,
  HCM_STATE_NEWER: 500,
  HCM_ALREADY_RUNNING: 500,
} as const

export type AgentErrorCode = keyof typeof STATUS

/** A refusal of the agent. `code` is stable; the message holds no secret; `next` is what to try. */
export class AgentError extends Error {
  override readonly name = 'AgentError'
  readonly code: AgentErrorCode
  readonly status: number
  /** The part of the request at fault. */
  readonly target: string | null
  readonly next: string | null
  constructor(
    code: AgentErrorCode,
    message: string,
    more: {
      readonly target?: string | undefined
      readonly next?: string | undefined
      readonly cause?: unknown
    } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause })
    this.code = code
    this.status = STATUS[code]
    this.target = more.target ?? null
    this.next = more.next ?? null
  }

  body(): ErrorAnswer {
    const { code, message, target, next } = this
    return { error: { code, message, target, next, details: [] } }
  }
}
