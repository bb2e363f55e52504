export type AppServiceErrorCode =
  'APP_INPUT_INVALID' | 'APP_NOT_FOUND' | 'APP_CONFLICT' | 'APP_PLAN_LIMIT' | 'APP_NOT_ELIGIBLE'

/** A change that App Service refuses. The message is a sentence for people; `target` names the member at fault. */
export class AppServiceError extends Error {
  override readonly name = 'AppServiceError'
  readonly code: AppServiceErrorCode
  readonly target: string
  constructor(code: AppServiceErrorCode, message: string, target: string) {
    super(message)
    this.code = code
    this.target = target
  }
}
