import { randomUUID } from 'node:crypto'
import { isObject } from '../../../protocol/json.ts'
import { ArmError, toArmError } from '../arm-error.ts'
import type { ArmBody } from '../resource-type.ts'
import { deploymentFailure } from './deployment-failure.ts'
import { findCycle } from './dependency-cycle.ts'
import { type Scope, evaluateTree } from './evaluate.ts'
import type { ResourceContext } from './functions/resources.ts'
import { invalidTemplate } from './invalid-template.ts'
import { type ResourceInstance, resourceInstances } from './resource-instances.ts'
import {
  type Output,
  type ParameterValue,
  evaluateOutputs,
  outputsOf,
  templateScope,
} from './template-scope.ts'

/** What a run does to the world: the management plane, as the caller who deploys may use it. */
export type DeploymentHost = {
  /** The resource with this id. Throws 404 and 403. */
  read(id: string): Promise<ArmBody>
  write(instance: ResourceInstance, body: ArmBody): Promise<void>
  act(id: string, operation: string, body: ArmBody): Promise<unknown>
  /** Runs a deployment inside this one, and keeps its record. Throws when it fails. */
  nest(instance: ResourceInstance, properties: ArmBody): Promise<void>
}

export type RunInput = {
  readonly template: ArmBody
  /** `parameters` of the request. */
  readonly given: ArmBody
  readonly scopeId: string
  readonly context: Omit<ResourceContext, 'reference' | 'list'>
  readonly host: DeploymentHost
  /** What an outer template's expressions see; null for a template on its own. */
  readonly outer: Scope | null
  /** Unix time in ms. */
  readonly now: () => number
}

/** One resource's deployment, as the list of operations shows it. */
export type RunOperation = {
  readonly id: string
  readonly instance: ResourceInstance
  readonly startedAtMs: number
  readonly endedAtMs: number
  readonly error: ArmError | null
}

export type RunResult = {
  readonly operations: readonly RunOperation[]
  readonly outputs: Readonly<Record<string, Output>>
  /** Null when everything was deployed. */
  readonly error: ArmError | null
}

/** Asked for what only a deployed resource knows, while nothing is deployed yet. */
class NotDeployed extends Error {}

/** What `evaluate` resolves to; undefined when that is known only while deploying. */
export async function foreseen<Result>(
  evaluate: () => Promise<Result>,
): Promise<Result | undefined> {
  try {
    return await evaluate()
  } catch (error) {
    if (error instanceof NotDeployed) return undefined
    throw error
  }
}

/** A template on its way into resources: each is deployed once, after what it needs. */
export class DeploymentRun {
  readonly #input: RunInput
  readonly #states = new Map<ResourceInstance, 'running' | 'done' | 'failed'>()
  readonly #operations: RunOperation[] = []
  #instances: readonly ResourceInstance[] = []
  #isDeploying = false
  #scope: Scope | undefined
  #parameters: Readonly<Record<string, ParameterValue>> = {}

  constructor(input: RunInput) {
    this.#input = input
  }

  get instances(): readonly ResourceInstance[] {
    return this.#instances
  }

  get parameters(): Readonly<Record<string, ParameterValue>> {
    return this.#parameters
  }

  /** Evaluates all that needs no deployed resource. Throws `InvalidTemplate`. */
  async prepare(): Promise<void> {
    const { template, given, scopeId, outer, now } = this.#input
    if (!('resources' in template)) throw invalidTemplate("the template has no 'resources'")
    const context: ResourceContext = {
      ...this.#input.context,
      reference: (target, isFull) => this.#reference(target, isFull),
      list: (operation, id, body) => this.#list(operation, id, body),
    }
    const own = templateScope({ template, given, context, now })
    this.#scope = outer ?? own.scope
    if (!outer) this.#parameters = await own.parameters()
    this.#instances = await resourceInstances(template, this.#scope, scopeId)
    this.#checkIds()
    const stuck = findCycle(this.#instances, (instance) => this.dependenciesOf(instance))
    if (stuck) throw invalidTemplate(`circular dependency detected on resource '${stuck.id}'`)
  }

  /** The body that an instance would be written with; undefined when that is known only while deploying. */
  bodyOf(instance: ResourceInstance): Promise<ArmBody | undefined> {
    return foreseen(async () =>
      isDeployment(instance)
        ? { properties: await nestedProperties(instance) }
        : ((await evaluateTree(instance.source, instance.scope)) as ArmBody),
    )
  }

  /** Evaluates the outputs that need no deployed resource. Throws `InvalidTemplate`. */
  async checkOutputs(): Promise<void> {
    for (const [, evaluate] of outputsOf(this.#input.template, this.#scope!)) {
      await foreseen(evaluate)
    }
  }

  /** Deploys everything that is prepared. What fails is told, and keeps nothing else from being tried. */
  async deploy(): Promise<RunResult> {
    this.#isDeploying = true
    const { template } = this.#input
    for (const instance of this.#instances) await this.#deployOrSkip(instance)
    const failed = this.#operations.filter(({ error }) => error !== null)
    const [first] = failed
    if (first)
      return { operations: this.#operations, outputs: {}, error: deploymentFailure(failed) }
    try {
      const outputs = await evaluateOutputs(template, this.#scope!)
      return { operations: this.#operations, outputs, error: null }
    } catch (error) {
      const cause = toArmError(error)
      const outputError = new ArmError(
        400,
        'DeploymentOutputEvaluationFailed',
        'Unable to evaluate template outputs. Please see error details for more information.',
        { details: [{ code: cause.code, message: cause.message }] },
      )
      return { operations: this.#operations, outputs: {}, error: outputError }
    }
  }

  async #deployOrSkip(instance: ResourceInstance): Promise<boolean> {
    if (instance.isExisting || !instance.isWanted) return true
    switch (this.#states.get(instance)) {
      case 'done':
        return true
      case 'failed':
        return false
      case 'running':
        throw invalidTemplate(`circular dependency detected on resource '${instance.id}'`)
      case undefined:
        return this.#deployOne(instance)
    }
  }

  async #deployOne(instance: ResourceInstance): Promise<boolean> {
    this.#states.set(instance, 'running')
    const startedAtMs = this.#input.now()
    let error: ArmError | null = null
    let isBlocked = false
    try {
      for (const needed of this.dependenciesOf(instance)) {
        isBlocked = !(await this.#deployOrSkip(needed)) || isBlocked
      }
      if (!isBlocked) await this.#write(instance)
    } catch (cause) {
      error = toArmError(cause)
    }
    this.#states.set(instance, error || isBlocked ? 'failed' : 'done')
    // What was never begun has no operation, as in Azure.
    if (!isBlocked) {
      const id = randomUUID().replaceAll('-', '').slice(0, 16).toUpperCase()
      const endedAtMs = this.#input.now()
      this.#operations.push({ id, instance, startedAtMs, endedAtMs, error })
    }
    return !error && !isBlocked
  }

  async #write(instance: ResourceInstance): Promise<void> {
    const { host } = this.#input
    const { source, scope } = instance
    if (!isDeployment(instance)) {
      return host.write(instance, (await evaluateTree(source, scope)) as ArmBody)
    }
    await host.nest(instance, await nestedProperties(instance))
  }

  async #reference(target: string, isFull: boolean): Promise<unknown> {
    const instance = this.#instances.find((one) => isNamed(one, target))
    if (!this.#isDeploying) throw new NotDeployed()
    if (instance && !(await this.#deployOrSkip(instance))) {
      throw new ArmError(
        409,
        'ReferencedResourceFailed',
        `The resource '${target}' was not deployed.`,
      )
    }
    const resource = await this.#input.host.read(idOf(instance, target))
    return isFull ? { ...resource, apiVersion: instance?.apiVersion ?? '' } : resource['properties']
  }

  async #list(operation: string, target: string, body: ArmBody): Promise<unknown> {
    if (!this.#isDeploying) throw new NotDeployed()
    const named = this.#instances.find((one) => isNamed(one, target))
    const id = idOf(named, target)
    const instances = this.#instances.filter((one) => isAtOrAbove(one.id, id))
    for (const instance of instances) await this.#deployOrSkip(instance)
    return this.#input.host.act(id, operation, body)
  }

  /** What must be there first. Throws `InvalidTemplate` for a name that nothing has. */
  dependenciesOf(instance: ResourceInstance): readonly ResourceInstance[] {
    return instance.dependsOn.flatMap((target) => {
      const found = this.#instances.filter((one) => isNamed(one, target))
      if (found.length > 0) return found
      throw invalidTemplate(
        `the resource '${target}' is not defined in the template. Please see https://aka.ms/arm-syntax for usage details`,
      )
    })
  }

  #checkIds(): void {
    const seen = new Set<string>()
    for (const { id, isExisting, isWanted } of this.#instances) {
      const key = id.toLowerCase()
      if (isExisting || !isWanted) continue
      if (seen.has(key)) {
        throw invalidTemplate(`the resource '${id}' is defined multiple times in a template`)
      }
      seen.add(key)
    }
  }
}

/** What a nested deployment is asked for; the template inside is evaluated by a run of its own. */
async function nestedProperties({ source, scope }: ResourceInstance): Promise<ArmBody> {
  const { template, ...rest } = isObject(source['properties']) ? source['properties'] : {}
  return { ...((await evaluateTree(rest, scope)) as ArmBody), template }
}

export function isDeployment({ type }: Pick<ResourceInstance, 'type'>): boolean {
  return type.toLowerCase() === 'microsoft.resources/deployments'
}

/** The id of what a function names: a resource of the template, else it is an id itself. */
function idOf(instance: ResourceInstance | undefined, target: string): string {
  if (instance) return instance.id
  if (target.startsWith('/')) return target
  throw invalidTemplate(
    `the template reference '${target}' is not valid: no resource has this name`,
  )
}

/** A symbol, one of a loop of symbols, a loop's name, an id with or without its scope, a name, or a type and name together. */
function isNamed(instance: ResourceInstance, target: string): boolean {
  const wanted = target.toLowerCase()
  const { symbol, loop, id, name, type } = instance
  const names = [id, id.split('/providers/').at(-1) ?? id, name, `${type}/${name}`]
  // resourceId() writes groups as if they were resources of a provider.
  names.push(id.replace(/(?=\/resourceGroups\/[^/]+$)/, '/providers/Microsoft.Resources'))
  if (symbol !== null) names.push(loop ? `${symbol}[${loop.index}]` : symbol)
  if (symbol !== null && loop) names.push(symbol)
  if (loop) names.push(loop.name)
  return names.some((one) => one.toLowerCase() === wanted)
}

function isAtOrAbove(top: string, id: string): boolean {
  const below = id.toLowerCase()
  const above = top.toLowerCase()
  return below === above || below.startsWith(`${above}/`)
}
