import { createHash, randomUUID } from 'node:crypto'
import { isObject } from '../../../protocol/json.ts'
import { resourceGroupId } from '../../namespace/arm-ids.ts'
import type { ProviderDeps } from '../arm-deps.ts'
import { ArmError } from '../arm-error.ts'
import { parseArmPath } from '../arm-path.ts'
import type { ArmRouter } from '../arm-router.ts'
import { objectOf, propertiesOf, tagsOf, textOf } from '../body-members.ts'
import { describeCloud } from '../cloud-metadata.ts'
import { groupResource } from '../resource-groups.ts'
import type { ArmBody, ArmCall, ArmScope } from '../resource-type.ts'
import type { DeploymentRow } from '../state/rows.ts'
import {
  DeploymentRun,
  type RunResult,
  foreseen,
  isDeployment,
} from '../template/deployment-run.ts'
import { type Scope, evaluateTree } from '../template/evaluate.ts'
import { invalidTemplate } from '../template/invalid-template.ts'
import type { ResourceInstance } from '../template/resource-instances.ts'
import { deploymentResource, operationResource } from './deployment-resource.ts'

/** A deployment to be checked or run. */
export type DeploymentRequest = {
  /** Canonical id of the deployment itself. */
  readonly id: string
  readonly name: string
  readonly scope: ArmScope
  /** Where the record lies; null in a resource group, which has a location of its own. */
  readonly location: string | null
  readonly properties: ArmBody
  readonly call: ArmCall
  /** What an outer template's expressions see. */
  readonly outer: Scope | null
}

/** Prepares and runs deployments, nested ones too. */
export class DeploymentRunner {
  readonly #deps: ProviderDeps
  readonly #router: () => ArmRouter

  constructor(deps: ProviderDeps, router: () => ArmRouter) {
    this.#deps = deps
    this.#router = router
  }

  /** Reads the template and what it asks for, and whether the caller may write it. Throws 400 and 403. */
  async prepare(request: DeploymentRequest): Promise<DeploymentRun> {
    const { properties, scope, call } = request
    const run = new DeploymentRun({
      template: templateOf(properties),
      given: objectOf(properties, 'parameters') ?? {},
      scopeId: scope.id,
      context: this.#context(request),
      host: this.#host(request),
      outer: request.outer,
      now: this.#deps.now,
    })
    await run.prepare()
    for (const { id, isWanted, isExisting } of run.instances) {
      if (isWanted && !isExisting) this.#demand(id, call)
    }
    return run
  }

  /** Prepares, and evaluates whatever needs no deployed resource: bodies, outputs, templates inside. Throws as `prepare`. */
  async check(request: DeploymentRequest): Promise<DeploymentRun> {
    const run = await this.prepare(request)
    for (const instance of run.instances) {
      if (!instance.isWanted || instance.isExisting) continue
      const body = await run.bodyOf(instance)
      if (body === undefined || !isDeployment(instance) || !this.#hasGroupOf(instance)) continue
      await foreseen(async () =>
        this.check(await this.#nestedRequest(request, instance, propertiesOf(body))),
      )
    }
    await run.checkOutputs()
    return run
  }

  /** Runs what is prepared, and keeps its record. */
  async run(request: DeploymentRequest, run: DeploymentRun): Promise<RunResult> {
    const startedAtMs = this.#deps.now()
    const result = await run.deploy()
    const { id, name, properties } = request
    const facts = { startedAtMs, endedAtMs: this.#deps.now(), correlationId: randomUUID() }
    const template = templateOf(properties)
    const row: DeploymentRow = {
      id,
      name,
      template,
      resource: deploymentResource(request, run, result, { ...facts, hash: hashOf(template) }),
      operations: result.operations.map((operation) => operationResource(id, operation)),
    }
    this.#deps.state.tables.deployments.put(id, row)
    return result
  }

  #host(request: DeploymentRequest) {
    const { call } = request
    const router = this.#router()
    return {
      read: (id: string): Promise<ArmBody> =>
        isGroup(id) ? Promise.resolve(this.#group(id)) : router.read(id, call),
      act: (id: string, operation: string, body: ArmBody) => router.act(id, operation, body, call),
      write: async (instance: ResourceInstance, body: ArmBody) => {
        if (isGroup(instance.id)) return this.#writeGroup(instance, body)
        const version = instance.apiVersion || call.apiVersion
        await router.write(instance.id, body, { ...call, apiVersion: version })
      },
      nest: async (instance: ResourceInstance, properties: ArmBody) => {
        const nested = await this.#nestedRequest(request, instance, properties)
        const { error } = await this.run(nested, await this.prepare(nested))
        if (error) throw error
      },
    }
  }

  /** False for a module in a group that is not there: the template itself may make it. */
  #hasGroupOf({ id }: ResourceInstance): boolean {
    // Differs from Azure: `validate` does not look into a module whose resource group is not there yet.
    const { resourceGroup = null } = parseArmPath(id) ?? {}
    return resourceGroup === null || this.#deps.groups.find(resourceGroup) !== undefined
  }

  async #nestedRequest(
    { call, name }: DeploymentRequest,
    instance: ResourceInstance,
    properties: ArmBody,
  ): Promise<DeploymentRequest> {
    if (instance.name === name)
      throw invalidTemplate('a deployment cannot hold one of its own name')
    const path = parseArmPath(instance.id)
    const { subscriptionId = null, resourceGroup = null } = path ?? {}
    this.#router().checkSubscription({ subscriptionId })
    const scopeId =
      resourceGroup === null
        ? `/subscriptions/${subscriptionId ?? ''}`
        : resourceGroupId(subscriptionId ?? '', this.#deps.groups.get(resourceGroup).name)
    const scope = { id: scopeId, subscriptionId, resourceGroup }
    const options = objectOf(properties, 'expressionEvaluationOptions')
    const isInner = String(options?.['scope']).toLowerCase() === 'inner'
    return {
      id: `${scopeId}/providers/Microsoft.Resources/deployments/${instance.name}`,
      name: instance.name,
      scope,
      location: locationOf(scope, await evaluateTree(instance.source['location'], instance.scope)),
      properties,
      call,
      outer: isInner ? null : instance.scope,
    }
  }

  /** Throws 403 `AuthorizationFailed` unless the caller may write there. */
  #demand(id: string, { principal }: ArmCall): void {
    const { authorization } = this.#deps
    if (isGroup(id)) {
      const action = 'Microsoft.Resources/subscriptions/resourceGroups/write'
      return authorization.demand(principal, action, id)
    }
    const path = parseArmPath(id)
    const part = path?.parts.at(-1)
    const types = part?.segments.filter((_segment, index) => index % 2 === 0) ?? []
    authorization.demand(principal, `${part?.namespace ?? ''}/${types.join('/')}/write`, id)
  }

  #context({ scope, location, call, name, properties }: DeploymentRequest) {
    const { settings, identity, groups } = this.#deps
    const { subscriptionId, subscriptionName } = settings()
    return {
      scopeId: scope.id,
      subscriptionId,
      resourceGroup: () =>
        scope.resourceGroup === null
          ? undefined
          : groupResource(subscriptionId, groups.get(scope.resourceGroup)),
      subscription: () => ({
        id: `/subscriptions/${subscriptionId}`,
        subscriptionId,
        tenantId: identity().tenantId,
        displayName: subscriptionName,
      }),
      tenant: () => ({ tenantId: identity().tenantId, displayName: subscriptionName }),
      environment: () => describeCloud(call.origin, settings()),
      deployment: () => ({
        name,
        ...(location !== null && { location }),
        properties: {
          template: properties['template'],
          parameters: properties['parameters'] ?? {},
          mode: properties['mode'] ?? 'Incremental',
          provisioningState: 'Accepted',
        },
      }),
    }
  }

  #group(id: string) {
    const { settings, groups } = this.#deps
    return groupResource(settings().subscriptionId, groups.get(id.split('/').at(-1) ?? ''))
  }

  #writeGroup({ name }: ResourceInstance, body: ArmBody): void {
    this.#deps.groups.write(name, textOf(body, 'location'), tagsOf(body) ?? {})
  }
}

/** `properties` of a request, checked as far as every deployment needs it. */
export function readDeployment(body: ArmBody): ArmBody {
  const properties = propertiesOf(body)
  const mode = textOf(properties, 'mode') ?? 'Incremental'
  if (!['incremental', 'complete'].includes(mode.toLowerCase())) {
    throw new ArmError(400, 'InvalidDeployment', "The mode must be 'Incremental' or 'Complete'.")
  }
  templateOf(properties)
  return properties
}

/** The location of a deployment, where it is one's own. */
export function locationOf({ resourceGroup }: ArmScope, location: unknown): string | null {
  return resourceGroup === null && typeof location === 'string' ? location : null
}

function templateOf(properties: ArmBody): ArmBody {
  const { template } = properties
  if (isObject(template)) return template
  // Differs from Azure: nothing is fetched, so a template must be in the request.
  if (properties['templateLink'] !== undefined) {
    throw invalidTemplate('a templateLink cannot be followed here; send the template itself')
  }
  throw invalidTemplate('the request has no template')
}

function isGroup(id: string): boolean {
  return /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+$/i.test(id)
}

/** A number as long as Azure's, always the same for the same template. */
function hashOf(template: ArmBody): string {
  const digest = createHash('sha256').update(JSON.stringify(template)).digest()
  return String(digest.readBigUInt64BE()).padStart(20, '0').slice(0, 19)
}
