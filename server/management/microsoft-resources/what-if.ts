import { randomUUID } from 'node:crypto'
import { isObject } from '../../../protocol/json.ts'
import { ArmError } from '../arm-error.ts'
import type { ArmRouter } from '../arm-router.ts'
import type { ArmBody, ArmCall } from '../resource-type.ts'
import { type DeploymentRun, isDeployment } from '../template/deployment-run.ts'
import { isSame } from '../template/functions/arguments.ts'
import { unnamed } from './complete-mode.ts'
import { isComplete } from './deployment-resource.ts'
import type { DeploymentRequest } from './deployment-runner.ts'

/** What a deployment would change; nothing is written. Source: management-plane 3.9. */
export async function whatIf(
  request: DeploymentRequest,
  run: DeploymentRun,
  router: ArmRouter,
): Promise<object> {
  const { call, scope, properties } = request
  const changes: object[] = []
  for (const instance of run.instances) {
    if (!instance.isWanted || instance.isExisting) continue
    const before = await readOrNothing(instance.id, call, router)
    // What is inside a deployment, or depends on other resources, is known only when it is deployed.
    const body = isDeployment(instance) ? undefined : await run.bodyOf(instance)
    const { id: resourceId, apiVersion, type, name } = instance
    const after = body && { id: resourceId, apiVersion, type, name, ...body }
    changes.push(changeOf(resourceId, before, after))
  }
  if (isComplete(properties) && scope.resourceGroup !== null) {
    for (const id of await unnamed(scope, run.instances, call, router)) {
      const before = await readOrNothing(id, call, router)
      changes.push({ resourceId: id, changeType: 'Delete', before })
    }
  }
  return { status: 'Succeeded', properties: { correlationId: randomUUID(), changes } }
}

function changeOf(
  resourceId: string,
  before: ArmBody | undefined,
  after: ArmBody | undefined,
): object {
  if (!after) return { resourceId, changeType: 'Deploy', ...(before && { before }) }
  if (!before) return { resourceId, changeType: 'Create', after }
  const delta = differences(before, after, ['properties', 'tags'])
  const changeType = delta.length === 0 ? 'NoChange' : 'Modify'
  return { resourceId, changeType, before, after, delta }
}

/** Members that the template sets to something else than they are. */
function differences(before: ArmBody, after: ArmBody, members: readonly string[]): object[] {
  return members.flatMap((member) => {
    const wanted = after[member]
    const known = before[member]
    if (wanted === undefined || isSame(known, wanted)) return []
    if (!isObject(wanted) || !isObject(known)) {
      const propertyChangeType = known === undefined ? 'Create' : 'Modify'
      return [{ path: member, propertyChangeType, before: known ?? null, after: wanted }]
    }
    return differences(known, wanted, Object.keys(wanted)).map((change) => ({
      ...change,
      path: `${member}.${(change as { path: string }).path}`,
    }))
  })
}

async function readOrNothing(
  id: string,
  call: ArmCall,
  router: ArmRouter,
): Promise<ArmBody | undefined> {
  try {
    return await router.read(id, call)
  } catch (error) {
    if (error instanceof ArmError && error.status === 404) return undefined
    throw error
  }
}
