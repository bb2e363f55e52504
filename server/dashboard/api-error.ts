import { AppServiceError } from '../app-service/app-service-error.ts'
import { StoreError } from '../namespace/store.ts'
import { isValidationError, validationDetails } from './validation.ts'

/** Every code of the emulator's API with its HTTP status. Source: dashboard 4. */
const STATUS = {
  RELAY_INPUT_INVALID: 400,
  RELAY_ADMIN_TOKEN_REQUIRED: 401,
  RELAY_HOST_REFUSED: 403,
  RELAY_ORIGIN_REFUSED: 403,
  RELAY_ENTITY_NOT_FOUND: 404,
  RELAY_ITEM_NOT_FOUND: 404,
  RELAY_NAME_TAKEN: 409,
  RELAY_LIMIT: 409,
  RELAY_PLAN_LIMIT: 409,
  RELAY_NOT_ELIGIBLE: 409,
  RELAY_BODY_TOO_LARGE: 413,
  RELAY_CONTENT_TYPE: 415,
  RELAY_TOO_MANY_CODES: 429,
  RELAY_TOO_MANY_FEEDS: 429,
  RELAY_INTERNAL: 500,
  RELAY_STOPPING: 503,
} as const

export type ApiErrorCode = keyof typeof STATUS

/** One fault of an input; `target` is a JSON pointer. */
export type ApiErrorDetail = { code: ApiErrorCode; message: string; target: string }

/** The body of every answer that is an error. */
export type ApiErrorBody = {
  error: {
    code: ApiErrorCode
    message: string
    target: string | null
    next: string | null
    details: ApiErrorDetail[]
  }
}

/** A refusal of the API. `target` names the thing at fault, `next` the command or path to try. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly code: ApiErrorCode
  readonly status: number
  readonly target: string | null
  readonly next: string | null
  readonly details: readonly ApiErrorDetail[]
  constructor(
    code: ApiErrorCode,
    message: string,
    more: {
      readonly target?: string
      readonly next?: string
      readonly details?: readonly ApiErrorDetail[]
    } = {},
  ) {
    super(message)
    this.code = code
    this.status = STATUS[code]
    this.target = more.target ?? null
    this.next = more.next ?? NEXT[code] ?? null
    this.details = more.details ?? []
  }

  body(): ApiErrorBody {
    const { code, message, target, next, details } = this
    return { error: { code, message, target, next, details: [...details] } }
  }
}

/**
 * Whatever was thrown, as the API tells it. An unexpected error becomes RELAY_INTERNAL and keeps its text to
 * itself; so does the JSON parser's, which quotes the body.
 */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  if (error instanceof StoreError) {
    return new ApiError(error.code, error.message, { target: error.target })
  }
  if (error instanceof AppServiceError) {
    return new ApiError(APP_CODES[error.code], error.message, { target: error.target })
  }
  if (isValidationError(error)) {
    const details = validationDetails(error).map((detail): ApiErrorDetail => ({
      code: 'RELAY_INPUT_INVALID',
      ...detail,
    }))
    const [first] = details
    const target = error.validationContext === 'body' ? 'body' : 'address'
    const message = first
      ? `${first.target || 'the input'} ${first.message}`
      : 'the input is invalid'
    return new ApiError('RELAY_INPUT_INVALID', message, {
      target,
      details,
    })
  }
  return fromStatus(statusOf(error))
}

const APP_CODES: Readonly<Record<AppServiceError['code'], ApiErrorCode>> = {
  APP_INPUT_INVALID: 'RELAY_INPUT_INVALID',
  APP_NOT_FOUND: 'RELAY_ENTITY_NOT_FOUND',
  APP_CONFLICT: 'RELAY_NAME_TAKEN',
  APP_PLAN_LIMIT: 'RELAY_PLAN_LIMIT',
  APP_NOT_ELIGIBLE: 'RELAY_NOT_ELIGIBLE',
}

const NEXT: Partial<Record<ApiErrorCode, string>> = {
  RELAY_ADMIN_TOKEN_REQUIRED: 'send the header Authorization: Bearer with the token of admin.token',
  RELAY_HOST_REFUSED: 'add the name to admin.allowedHosts (RELAY_EMULATOR_ADMIN_ALLOWED_HOSTS)',
}

/** What fastify refuses by itself: a body that is too large, of a wrong type, or unreadable. */
function fromStatus(status: number): ApiError {
  if (status === 413) {
    return new ApiError('RELAY_BODY_TOO_LARGE', 'the body is larger than 1 MiB', { target: 'body' })
  }
  if (status === 415) {
    const message = 'the body needs the header Content-Type: application/json'
    return new ApiError('RELAY_CONTENT_TYPE', message, { target: 'body' })
  }
  if (status >= 400 && status < 500) {
    return new ApiError(
      'RELAY_INPUT_INVALID',
      'the request is malformed: bad address or not JSON',
      {
        target: 'request',
      },
    )
  }
  return new ApiError('RELAY_INTERNAL', 'the emulator failed to answer; its log says why')
}

function statusOf(error: unknown): number {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return 500
  return typeof error.statusCode === 'number' ? error.statusCode : 500
}
