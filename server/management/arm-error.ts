import { StoreError } from '../namespace/store.ts'

/** A refusal in the common envelope. `code` is what clients match. Source: management-plane 3.2. */
export class ArmError extends Error {
  override readonly name = 'ArmError'
  readonly status: number
  readonly code: string
  readonly target: string | null
  readonly details: readonly ArmErrorDetail[]
  readonly headers: Readonly<Record<string, string>>
  constructor(
    status: number,
    code: string,
    message: string,
    more: {
      readonly target?: string
      readonly details?: readonly ArmErrorDetail[]
      readonly headers?: Readonly<Record<string, string>>
    } = {},
  ) {
    super(message)
    this.status = status
    this.code = code
    this.target = more.target ?? null
    this.details = more.details ?? []
    this.headers = more.headers ?? {}
  }

  body(): ArmErrorBody {
    const { code, message, target, details } = this
    return {
      error: {
        code,
        message,
        ...(target !== null && { target }),
        ...(details.length > 0 && { details: [...details] }),
      },
    }
  }
}

export type ArmErrorDetail = { readonly code: string; readonly message: string }
export type ArmErrorBody = {
  readonly error: {
    readonly code: string
    readonly message: string
    readonly target?: string
    readonly details?: readonly ArmErrorDetail[]
  }
}

/** Whatever was thrown, as the management plane tells it. An unexpected error keeps its text to itself. */
export function toArmError(error: unknown): ArmError {
  if (error instanceof ArmError) return error
  if (error instanceof StoreError) return fromStore(error)
  const status = statusOf(error)
  if (status === 413) {
    return new ArmError(413, 'RequestContentTooLarge', 'The request content is larger than 4 MiB.')
  }
  if (status >= 400 && status < 500) {
    return new ArmError(status, 'InvalidRequestContent', 'The request could not be read.')
  }
  return new ArmError(
    500,
    'InternalServerError',
    'The emulator failed to answer; its log says why.',
  )
}

/** Source: management-plane 4.6. */
function fromStore({ code, message, target }: StoreError): ArmError {
  switch (code) {
    case 'RELAY_INPUT_INVALID':
      return new ArmError(
        400,
        'BadRequest',
        `SubCode=40000. ${sentence(message)} To know more visit https://aka.ms/sbResourceMgrExceptions.`,
        { target },
      )
    case 'RELAY_LIMIT':
      return new ArmError(400, 'BadRequest', `SubCode=40000. ${sentence(message)}`, { target })
    case 'RELAY_ENTITY_NOT_FOUND':
      return new ArmError(404, 'NotFound', `SubCode=40400. ${sentence(message)}`, { target })
    case 'RELAY_NAME_TAKEN':
      return new ArmError(409, 'Conflict', `SubCode=40900. ${sentence(message)}`, { target })
  }
}

function sentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.!?]$/.test(capital) ? capital : `${capital}.`
}

function statusOf(error: unknown): number {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return 500
  return typeof error.statusCode === 'number' ? error.statusCode : 500
}
