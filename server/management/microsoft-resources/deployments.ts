import { randomUUID } from 'node:crypto'
import type { ProviderDeps } from '../arm-deps.ts'
import { ArmError } from '../arm-error.ts'
import type { ArmRouter } from '../arm-router.ts'
import { textOf } from '../body-members.ts'
import type { ArmBody, ArmCall, ArmResource, ResourceRef, ResourceType } from '../resource-type.ts'
import type { DeploymentRow } from '../state/rows.ts'
import { deleteUnnamed } from './complete-mode.ts'
import { deploymentResource, isComplete, propertiesOfDeployment } from './deployment-resource.ts'
import {
  type DeploymentRequest,
  DeploymentRunner,
  locationOf,
  readDeployment,
} from './deployment-runner.ts'
import { whatIf } from './what-if.ts'

/** Deployments of templates, to a resource group or to the subscription. Source: management-plane 3.9. */
export function deploymentTypes(
  deps: ProviderDeps,
  router: () => ArmRouter,
): readonly ResourceType[] {
  const { tables } = deps.state
  const runner = new DeploymentRunner(deps, router)
  const request = (call: ArmCall, { scope, names, id }: ResourceRef, body: ArmBody) => {
    checkName(names[0] ?? '')
    const properties = readDeployment(body)
    const location = locationOf(scope, textOf(body, 'location'))
    return { id, name: names[0] ?? '', scope, location, properties, call, outer: null }
  }
  const find = (ref: ResourceRef): DeploymentRow => {
    const row = tables.deployments.get(ref.id)
    if (row) return row
    throw notFound(ref)
  }
  const deployment: ResourceType = {
    type: 'deployments',
    at: 'any',
    get: (_call, ref) => find(ref).resource as ArmResource,
    list: (_call, { scope }) =>
      tables.deployments
        .list()
        .filter(({ id }) => isDirectlyBelow(id, scope.id))
        .map(({ resource }) => resource as ArmResource)
        .toReversed(),
    put: async (call, ref, body) => {
      const isNew = tables.deployments.get(ref.id) === undefined
      const wanted = request(call, ref, body)
      const run = await runner.prepare(wanted)
      const { error } = await runner.run(wanted, run)
      if (!error && isComplete(wanted.properties)) {
        await deleteUnnamed(ref.scope, run.instances, call, router())
      }
      return {
        resource: accepted(find(ref).resource as ArmResource),
        status: isNew ? 201 : 200,
        headers: statusHeaders(call, ref.id),
      }
    },
    delete: (call, ref) => {
      const existed = tables.deployments.delete(ref.id)
      return existed
        ? { existed, status: 202, headers: resultHeaders(call, ref) }
        : { existed: false }
    },
    actions: {
      validate: {
        method: 'POST',
        run: async (call, ref, body) => {
          const wanted = request(call, ref, body)
          return { body: validated(wanted, await runner.check(wanted), deps.now()) }
        },
      },
      whatIf: {
        method: 'POST',
        run: async (call, ref, body) => {
          const wanted = request(call, ref, body)
          const run = await runner.prepare(wanted)
          return { body: await whatIf(wanted, run, router()) }
        },
      },
      exportTemplate: {
        method: 'POST',
        run: (_call, ref) => ({ body: { template: find(ref).template } }),
      },
      cancel: {
        method: 'POST',
        run: (_call, ref) => {
          find(ref)
          throw new ArmError(
            409,
            'DeploymentCannotBeCancelled',
            `The deployment '${ref.names[0]}' has ended already and cannot be cancelled.`,
          )
        },
      },
    },
  }
  const operations: ResourceType = {
    type: 'deployments/operations',
    at: 'any',
    get: (_call, ref) => {
      const row = tables.deployments.get(parentId(ref.id))
      const operation = row?.operations.find(({ operationId }) => operationId === ref.names[1])
      return operation as ArmResource | undefined
    },
    list: (_call, { scope, names }) => {
      const id = `${scope.id}/providers/Microsoft.Resources/deployments/${names[0] ?? ''}`
      return find({ scope, names, id }).operations as unknown as readonly ArmResource[]
    },
  }
  const statuses: ResourceType = {
    type: 'deployments/operationStatuses',
    at: 'any',
    get: (_call, { id, names }) => {
      const row = tables.deployments.get(parentId(id))
      if (!row) return undefined
      const { provisioningState, error } = propertiesOfDeployment(row.resource)
      return {
        id,
        name: names[1] ?? '',
        type: 'operationStatuses',
        status: provisioningState,
        ...(error !== undefined && { error }),
      }
    },
  }
  return [deployment, operations, statuses]
}

/** The work is done when the answer is written, and clients are still told to ask for it as they are used to. */
function statusHeaders({ origin, apiVersion }: ArmCall, id: string): Record<string, string> {
  const number = randomUUID().replaceAll(/\D/g, '').padEnd(18, '0').slice(0, 18)
  return {
    'Azure-AsyncOperation': `${origin}${id}/operationStatuses/${number}?api-version=${apiVersion}`,
    'Retry-After': '0',
  }
}

function resultHeaders({ origin, apiVersion }: ArmCall, { scope }: ResourceRef) {
  const subscription = `/subscriptions/${scope.subscriptionId ?? ''}`
  return {
    Location: `${origin}${subscription}/operationresults/${randomUUID()}?api-version=${apiVersion}`,
    'Retry-After': '0',
  }
}

function accepted(resource: ArmResource): ArmResource {
  const {
    outputs: _outputs,
    outputResources: _resources,
    error: _error,
    ...properties
  } = propertiesOfDeployment(resource)
  return { ...resource, properties: { ...properties, provisioningState: 'Accepted' } }
}

function validated(
  request: DeploymentRequest,
  run: Parameters<typeof deploymentResource>[1],
  nowMs: number,
): ArmResource {
  const facts = {
    startedAtMs: nowMs,
    endedAtMs: nowMs,
    correlationId: randomUUID(),
    hash: '0',
  }
  return deploymentResource(request, run, null, facts)
}

/** 1 to 64 letters, digits, `-`, `_`, `.` and parentheses. */
function checkName(name: string): void {
  if (/^[\w.()-]{1,64}$/.test(name)) return
  throw new ArmError(
    400,
    'InvalidDeploymentName',
    'A deployment name has 1 to 64 letters, digits, underscores, dots, hyphens and parentheses.',
  )
}

function notFound({ names }: Pick<ResourceRef, 'names'>): ArmError {
  return new ArmError(
    404,
    'DeploymentNotFound',
    `Deployment '${names[0] ?? ''}' could not be found.`,
  )
}

function parentId(id: string): string {
  return id.split('/').slice(0, -2).join('/')
}

function isDirectlyBelow(id: string, scope: string): boolean {
  const prefix = `${scope}/providers/Microsoft.Resources/deployments/`.toLowerCase()
  return id.toLowerCase().startsWith(prefix)
}
