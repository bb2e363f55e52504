import { isObject } from '../../../protocol/json.ts'
import type { ArmBody, ArmResource } from '../resource-type.ts'
import { statusName } from '../template/deployment-failure.ts'
import {
  type DeploymentRun,
  type RunOperation,
  type RunResult,
} from '../template/deployment-run.ts'
import { isSecure, shownType } from '../template/parameters.ts'
import type { ResourceInstance } from '../template/resource-instances.ts'
import type { DeploymentRequest } from './deployment-runner.ts'

/** When and under which number a deployment ran. */
export type DeploymentFacts = {
  readonly startedAtMs: number
  readonly endedAtMs: number
  readonly correlationId: string
  readonly hash: string
}

/** A deployment as it is shown; `result` null before it ran. Source: management-plane 3.9. */
export function deploymentResource(
  { id, name, location, properties }: DeploymentRequest,
  run: DeploymentRun,
  result: RunResult | null,
  facts: DeploymentFacts,
): ArmResource {
  const written = run.instances.filter(({ isWanted, isExisting }) => isWanted && !isExisting)
  const resources = written.map((instance) => ({ id: instance.id }))
  return {
    id,
    name,
    type: 'Microsoft.Resources/deployments',
    ...(location !== null && { location }),
    properties: {
      templateHash: facts.hash,
      parameters: shownParameters(run),
      mode: isComplete(properties) ? 'Complete' : 'Incremental',
      debugSetting: null,
      provisioningState: result?.error ? 'Failed' : 'Succeeded',
      timestamp: timeOf(facts.endedAtMs),
      duration: durationOf(facts),
      correlationId: facts.correlationId,
      providers: providersOf(written),
      dependencies: dependenciesOf(written, run),
      ...(result === null
        ? { validatedResources: resources }
        : { outputs: shownOutputs(result), outputResources: resources }),
      ...(result?.error && { error: result.error.body().error }),
    },
  }
}

/** One resource of a deployment, as `.../operations` lists it. */
export function operationResource(
  deploymentId: string,
  { id, instance, startedAtMs, endedAtMs, error }: RunOperation,
): ArmBody {
  return {
    id: `${deploymentId}/operations/${id}`,
    operationId: id,
    properties: {
      provisioningOperation: 'Create',
      provisioningState: error ? 'Failed' : 'Succeeded',
      timestamp: timeOf(endedAtMs),
      duration: durationOf({ startedAtMs, endedAtMs }),
      trackingId: id,
      serviceRequestId: id,
      statusCode: statusName(error?.status ?? 200),
      ...(error && { statusMessage: error.body() }),
      targetResource: {
        id: instance.id,
        resourceType: instance.type,
        resourceName: instance.name,
        ...(instance.symbol !== null && { symbolicName: instance.symbol }),
      },
    },
  }
}

/** `Complete`: what the template does not name is deleted. */
export function isComplete(properties: ArmBody): boolean {
  return String(properties['mode']).toLowerCase() === 'complete'
}

function shownParameters({ parameters }: DeploymentRun): ArmBody {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, { definition, value }]) => {
      const { type } = definition
      return [name, { type: shownType(type), ...(!isSecure(type) && { value }) }]
    }),
  )
}

function shownOutputs({ outputs }: RunResult): ArmBody {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { type, value }]) => [
      name,
      { type: shownType(type), ...(!isSecure(type) && { value }) },
    ]),
  )
}

function providersOf(instances: readonly ResourceInstance[]): ArmBody[] {
  const byProvider = new Map<string, Map<string, string | null>>()
  for (const { type, source } of instances) {
    const [namespace = '', ...rest] = type.split('/')
    const types = byProvider.get(namespace) ?? new Map<string, string | null>()
    const location = typeof source['location'] === 'string' ? source['location'] : null
    types.set(rest.join('/'), location?.startsWith('[') === false ? location : null)
    byProvider.set(namespace, types)
  }
  return [...byProvider].map(([namespace, types]) => ({
    namespace,
    resourceTypes: [...types].map(([resourceType, location]) => ({
      resourceType,
      locations: [location],
    })),
  }))
}

function dependenciesOf(written: readonly ResourceInstance[], run: DeploymentRun): ArmBody[] {
  const shown = ({ id, type, name }: ResourceInstance) => ({
    id,
    resourceType: type,
    resourceName: name,
  })
  return written.flatMap((instance) => {
    const dependsOn = run.dependenciesOf(instance)
    return dependsOn.length === 0 ? [] : [{ dependsOn: dependsOn.map(shown), ...shown(instance) }]
  })
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '0000Z')
}

function durationOf({
  startedAtMs,
  endedAtMs,
}: {
  startedAtMs: number
  endedAtMs: number
}): string {
  return `PT${(endedAtMs - startedAtMs) / 1000}S`
}

/** `properties` of a kept deployment. */
export function propertiesOfDeployment(resource: ArmBody): ArmBody {
  return isObject(resource['properties']) ? resource['properties'] : {}
}
