import { ArmError } from '../arm-error.ts'
import type { RunOperation } from './deployment-run.ts'

/** What a deployment ends with when some of its operations failed. Source: management-plane 3.9. */
export function deploymentFailure(failed: readonly Pick<RunOperation, 'error'>[]): ArmError {
  return new ArmError(
    409,
    'DeploymentFailed',
    'At least one resource deployment operation failed. Please list deployment operations for details. Please see https://aka.ms/arm-deployment-operations for usage details.',
    {
      details: failed.flatMap(({ error }) =>
        error
          ? [{ code: statusName(error.status), message: JSON.stringify(error.body(), null, 2) }]
          : [],
      ),
    },
  )
}

/** `BadRequest` for 400. */
export function statusName(status: number): string {
  return STATUS_NAMES.get(status) ?? (status < 500 ? 'BadRequest' : 'InternalServerError')
}

const STATUS_NAMES: ReadonlyMap<number, string> = new Map([
  [200, 'OK'],
  [201, 'Created'],
  [400, 'BadRequest'],
  [403, 'Forbidden'],
  [404, 'NotFound'],
  [405, 'MethodNotAllowed'],
  [409, 'Conflict'],
])
