import { ArmError } from '../arm-error.ts'

/** A template that cannot be deployed, in the words of Azure's refusal. */
export function invalidTemplate(why: string): ArmError {
  return new ArmError(
    400,
    'InvalidTemplate',
    `Deployment template validation failed: '${why.replace(/\.$/, '')}.'.`,
  )
}
