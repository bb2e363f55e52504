import { ArmError } from './arm-error.ts'
import { type ArmPath, parseArmPath } from './arm-path.ts'
import type { Authorization } from './authorization.ts'
import { missing, pathOf } from './missing-resource.ts'
import { type ListBody, pageOf } from './paging.ts'
import { type ArmRegistry, type ArmTarget, wrongMethod } from './registry.ts'
import type { ResourceGroups } from './resource-groups.ts'
import { trackedResources } from './tracked-resources.ts'
import type {
  ArmAnswer,
  ArmBody,
  ArmCall,
  ArmProvider,
  ArmResource,
  ArmScope,
  CollectionRef,
  ResourceRef,
  ResourceType,
  WriteAnswer,
} from './resource-type.ts'

/** What the router asks before a type's own code runs. */
export type RouterDeps = {
  readonly registry: ArmRegistry
  readonly authorization: Authorization
  readonly groups: ResourceGroups
  readonly subscriptionId: () => string
}

export type ResourceRequest = {
  readonly method: string
  /** Without query. */
  readonly path: string
  readonly call: ArmCall
  /** Reads the body where one is wanted. */
  readonly body: () => ArmBody
}

type Target<Kind extends ArmTarget['kind']> = Extract<ArmTarget, { kind: Kind }>

/** Everything under `/providers/`: checks role, scope and parents, then hands over to the type. */
export class ArmRouter {
  readonly #deps: RouterDeps

  constructor(deps: RouterDeps) {
    this.#deps = deps
  }

  /** Answers one request. Throws `ArmError` and `StoreError`. */
  async serve({ method, path, call, body }: ResourceRequest): Promise<ArmAnswer> {
    const parsed = parseArmPath(path)
    if (!parsed || parsed.parts.length === 0) {
      throw new ArmError(404, 'NotFound', `Nothing answers ${method} at this address.`)
    }
    this.checkSubscription(parsed)
    const target = this.#deps.registry.resolve(parsed, method)
    switch (target.kind) {
      case 'collection':
        return { body: await this.#list(target, call) }
      case 'providerAction':
        return this.#providerAction(target, method, call, body)
      case 'action':
        return this.#action(target, method, call, body)
      case 'resource':
        return this.#resource(target, method, call, body)
    }
  }

  /** The resource with this id, for a caller who may read it. Throws 404 and 403. */
  async read(id: string, call: ArmCall): Promise<ArmResource> {
    const { provider, type, ref } = this.#deps.registry.resourceOf(id)
    return this.#get(provider, type, ref, call)
  }

  /** Writes the resource with this id as a PUT would. */
  async write(id: string, body: ArmBody, call: ArmCall): Promise<WriteAnswer> {
    const target = this.#deps.registry.resourceOf(id)
    return this.#put(target, 'PUT', call, () => body)
  }

  /** Deletes the resource with this id as a DELETE would. */
  async remove(id: string, call: ArmCall): Promise<ArmAnswer> {
    return this.#delete(this.#deps.registry.resourceOf(id), call)
  }

  /** Runs an action such as `listKeys` on the resource with this id, and answers what it says. */
  async act(id: string, name: string, body: ArmBody, call: ArmCall): Promise<unknown> {
    const answer = await this.serve({
      method: 'POST',
      path: `${id}/${name}`,
      call,
      body: () => body,
    })
    return answer.body
  }

  /** Every top-level resource of a group, or of all groups. */
  tracked(scope: ArmScope, call: ArmCall): Promise<readonly ArmResource[]> {
    return trackedResources(scope, call, this.#deps)
  }

  /** Throws 404 `SubscriptionNotFound` for any but ours. */
  checkSubscription({ subscriptionId }: Pick<ArmPath, 'subscriptionId'>): void {
    if (subscriptionId === null) return
    if (subscriptionId.toLowerCase() === this.#deps.subscriptionId().toLowerCase()) return
    throw new ArmError(
      404,
      'SubscriptionNotFound',
      `The subscription '${subscriptionId}' could not be found.`,
    )
  }

  async #list({ provider, type, ref }: Target<'collection'>, call: ArmCall): Promise<ListBody> {
    const { authorization } = this.#deps
    checkPlace(type, ref.scope)
    this.#checkGroup(ref.scope)
    if (type.list === undefined) throw wrongMethod('GET')
    const action = actionName(provider, type, 'read')
    const scope = scopeOfList(ref)
    const all = await type.list(call, ref)
    const isAllowed = type.isPublic === true || authorization.may(call.principal, action, scope)
    // Who may read some only sees those; who may read none of a group is told so.
    if (!isAllowed && !authorization.sees(call.principal, scope)) {
      authorization.demand(call.principal, action, scope)
    }
    if (all.length === 0) await this.#checkAbove(provider, type, ref, call)
    const visible = isAllowed
      ? all
      : all.filter(({ id }) => authorization.may(call.principal, action, id))
    return pageOf(visible, call, type.listExtras)
  }

  async #providerAction(
    { scope, action, provider }: Target<'providerAction'>,
    method: string,
    call: ArmCall,
    body: () => ArmBody,
  ): Promise<ArmAnswer> {
    if (action.method !== method) throw wrongMethod(method)
    if (action.permission !== null) {
      const name = `${provider.namespace}/${action.permission}`
      this.#deps.authorization.demand(call.principal, name, scope.id || '/')
    }
    this.#checkGroup(scope)
    return action.run(call, scope, method === 'POST' ? body() : {})
  }

  async #action(
    { provider, type, ref, action, name }: Target<'action'>,
    method: string,
    call: ArmCall,
    body: () => ArmBody,
  ): Promise<ArmAnswer> {
    if (action.method !== method) throw wrongMethod(method)
    checkPlace(type, ref.scope)
    const permission = actionName(provider, type, action.permission ?? `${name}/action`)
    this.#deps.authorization.demand(call.principal, permission, ref.id)
    this.#checkGroup(ref.scope)
    return action.run(call, ref, method === 'POST' ? body() : {})
  }

  async #resource(
    target: Target<'resource'>,
    method: string,
    call: ArmCall,
    body: () => ArmBody,
  ): Promise<ArmAnswer> {
    checkPlace(target.type, target.ref.scope)
    switch (method) {
      case 'GET':
        return { body: await this.#get(target.provider, target.type, target.ref, call) }
      case 'HEAD':
        await this.#get(target.provider, target.type, target.ref, call)
        return { status: 204 }
      case 'PUT':
      case 'PATCH': {
        const { resource, status, headers } = await this.#put(target, method, call, body)
        return { body: resource, status: status ?? 200, headers: headers ?? {} }
      }
      case 'DELETE':
        return this.#delete(target, call)
      default:
        throw wrongMethod(method)
    }
  }

  async #get(
    provider: ArmProvider,
    type: ResourceType,
    ref: ResourceRef,
    call: ArmCall,
  ): Promise<ArmResource> {
    if (!type.get) throw wrongMethod('GET')
    if (type.isPublic !== true) {
      this.#deps.authorization.demand(call.principal, actionName(provider, type, 'read'), ref.id)
    }
    this.#checkGroup(ref.scope)
    const resource = await type.get(call, ref)
    if (resource) return resource
    throw missing(provider, type, ref)
  }

  async #put(
    { provider, type, ref }: Target<'resource'>,
    method: 'PUT' | 'PATCH',
    call: ArmCall,
    body: () => ArmBody,
  ): Promise<WriteAnswer> {
    const write = method === 'PUT' ? type.put : type.patch
    if (!write) throw wrongMethod(method)
    this.#deps.authorization.demand(call.principal, actionName(provider, type, 'write'), ref.id)
    this.#checkGroup(ref.scope)
    if (method === 'PUT') await this.#checkParent(provider, type, ref, call)
    else if (type.get && !(await type.get(call, ref))) throw missing(provider, type, ref)
    return write.call(type, call, ref, body())
  }

  async #delete({ provider, type, ref }: Target<'resource'>, call: ArmCall): Promise<ArmAnswer> {
    if (!type.delete) throw wrongMethod('DELETE')
    this.#deps.authorization.demand(call.principal, actionName(provider, type, 'delete'), ref.id)
    this.#checkGroup(ref.scope)
    const outcome = await type.delete(call, ref)
    if (!outcome.existed) return { status: 204 }
    const { status = 200, headers = {}, body } = outcome
    return { status, headers, ...(body && { body }) }
  }

  #checkGroup({ resourceGroup }: ArmScope): void {
    if (resourceGroup !== null) this.#deps.groups.get(resourceGroup)
  }

  /** What is in nothing is not an empty list. Throws 404. */
  async #checkAbove(
    provider: ArmProvider,
    type: ResourceType,
    { scope, names }: CollectionRef,
    call: ArmCall,
  ): Promise<void> {
    const parent = names.length === 0 ? undefined : this.#deps.registry.parentOf(provider, type)
    if (!parent?.get) return
    const id = `${scope.id}/providers/${pathOf(provider, parent, names)}`
    if (!(await parent.get(call, { scope, names, id }))) {
      throw missing(provider, parent, { scope, names })
    }
  }

  async #checkParent(
    provider: ArmProvider,
    type: ResourceType,
    { scope, names, id }: ResourceRef,
    call: ArmCall,
  ): Promise<void> {
    const parent = this.#deps.registry.parentOf(provider, type)
    if (!parent?.get || type.needsParent === false) return
    const parentId = id.split('/').slice(0, -2).join('/')
    if (await parent.get(call, { scope, names: names.slice(0, -1), id: parentId })) return
    throw new ArmError(
      404,
      'ParentResourceNotFound',
      `Failed to perform 'write' on resource(s) of type '${type.type}', because the parent resource '${parentId}' could not be found.`,
    )
  }
}

/** `Microsoft.Relay/namespaces/read`. */
function actionName(provider: ArmProvider, type: ResourceType, verb: string): string {
  return `${provider.namespace}/${type.permissionType ?? type.type}/${verb}`
}

/** The scope that lists are permitted at: the parent, else what is above. */
function scopeOfList({ scope }: CollectionRef): string {
  return scope.id || '/'
}

/** Throws 404 where the type does not live. */
function checkPlace({ type, at = 'group' }: ResourceType, scope: ArmScope): void {
  const isFine =
    at === 'any' ||
    (at === 'tenant' && scope.id === '') ||
    // A subscription's list of what lives in groups has no group.
    (at !== 'tenant' && scope.subscriptionId !== null)
  if (isFine) return
  throw new ArmError(
    404,
    'MissingSubscription',
    `Resources of the type '${type}' need a subscription and a resource group in their address.`,
  )
}
