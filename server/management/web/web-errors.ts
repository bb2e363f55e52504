import { AppServiceError } from '../../app-service/app-service-error.ts'
import { ArmError } from '../arm-error.ts'

/** Runs a change of App Service and tells its refusal in the words of the management plane. */
export function asArm<Result>(change: () => Result): Result {
  try {
    return change()
  } catch (error) {
    throw error instanceof AppServiceError ? armErrorOf(error) : error
  }
}

// Differs from Azure: refusals of Microsoft.Web come in the envelope of ARM (`error`, lower case), which every client
// reads, and not in its own (`Code`, `Details`).
function armErrorOf({ code, message, target }: AppServiceError): ArmError {
  switch (code) {
    case 'APP_INPUT_INVALID':
    case 'APP_NOT_ELIGIBLE':
      return new ArmError(400, 'BadRequest', message, { target })
    case 'APP_NOT_FOUND':
      return new ArmError(404, 'NotFound', message, { target })
    case 'APP_CONFLICT':
    case 'APP_PLAN_LIMIT':
      return new ArmError(409, 'Conflict', message, { target })
  }
}
