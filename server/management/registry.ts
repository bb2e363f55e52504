import { ArmError } from './arm-error.ts'
import type { ArmPath, ProviderPart } from './arm-path.ts'
import { parseArmPath } from './arm-path.ts'
import type {
  ArmProvider,
  ArmScope,
  CollectionRef,
  ProviderAction,
  ResourceAction,
  ResourceRef,
  ResourceType,
} from './resource-type.ts'

/** What an address is about. */
export type ArmTarget =
  | {
      readonly kind: 'resource'
      readonly provider: ArmProvider
      readonly type: ResourceType
      readonly ref: ResourceRef
    }
  | {
      readonly kind: 'collection'
      readonly provider: ArmProvider
      readonly type: ResourceType
      readonly ref: CollectionRef
    }
  | {
      readonly kind: 'action'
      readonly provider: ArmProvider
      readonly type: ResourceType
      readonly ref: ResourceRef
      readonly name: string
      readonly action: ResourceAction
    }
  | {
      readonly kind: 'providerAction'
      readonly provider: ArmProvider
      readonly scope: ArmScope
      readonly action: ProviderAction
    }

/** Every provider and type there is. One per server. */
export class ArmRegistry {
  readonly providers: readonly ArmProvider[]
  readonly #types = new Map<string, ResourceType>()
  readonly #subscriptionId: () => string

  constructor(providers: readonly ArmProvider[], subscriptionId: () => string) {
    this.providers = providers
    this.#subscriptionId = subscriptionId
    for (const { namespace, types } of providers) {
      for (const type of types) this.#types.set(`${namespace}/${type.type}`.toLowerCase(), type)
    }
  }

  provider(namespace: string): ArmProvider | undefined {
    const wanted = namespace.toLowerCase()
    return this.providers.find((provider) => provider.namespace.toLowerCase() === wanted)
  }

  type(provider: ArmProvider, segments: readonly string[]): ResourceType | undefined {
    return this.#types.get(`${provider.namespace}/${segments.join('/')}`.toLowerCase())
  }

  /** The type that lies above another one; undefined for a top-level one. */
  parentOf(provider: ArmProvider, { type }: ResourceType): ResourceType | undefined {
    const segments = type.split('/').slice(0, -1)
    return segments.length === 0 ? undefined : this.type(provider, segments)
  }

  /** What `path` is about when it is called with `method`. Throws {@link ArmError} for what nobody knows. */
  resolve(path: ArmPath, method: string): ArmTarget {
    const part = path.parts.at(-1)
    if (!part) throw notFound('The address names no resource provider.')
    const provider = this.#providerOf(part)
    const scope = this.scopeOf({ ...path, parts: path.parts.slice(0, -1) })
    const { segments } = part
    if (segments.length % 2 === 0) return this.#resource(provider, scope, segments)
    const last = segments.at(-1) ?? ''
    const types = segments.filter((_segment, index) => index % 2 === 0)
    const names = segments.filter((_segment, index) => index % 2 === 1)
    const collection = this.type(provider, types)
    if (collection?.list && method === 'GET') {
      return { kind: 'collection', provider, type: collection, ref: { scope, names } }
    }
    if (segments.length === 1) {
      const action = entryOf(provider.actions, last)
      if (action) return { kind: 'providerAction', provider, scope, action }
      if (collection) throw wrongMethod(method)
      throw unknownType(provider, [last])
    }
    const owner = this.#resource(provider, scope, segments.slice(0, -1))
    const action = entryOf(owner.type.actions, last)
    if (action) return { ...owner, kind: 'action', name: last, action }
    if (collection) throw wrongMethod(method)
    throw unknownType(provider, types)
  }

  /** The resource that an id names. Throws {@link ArmError}. */
  resourceOf(id: string): Extract<ArmTarget, { kind: 'resource' }> {
    const path = parseArmPath(id)
    const target = path && this.resolve(path, 'GET')
    if (target?.kind === 'resource') return target
    throw new ArmError(400, 'InvalidResourceId', `'${id}' is not the id of a resource.`)
  }

  /** The canonical form of a scope; a resource in it is spelled as its type is, its names as the caller wrote them. */
  scopeOf({ subscriptionId, resourceGroup, parts }: ArmPath): ArmScope {
    const known = this.#subscriptionId()
    const subscription =
      subscriptionId?.toLowerCase() === known.toLowerCase() ? known : subscriptionId
    const base = [
      ...(subscription === null ? [] : ['subscriptions', subscription]),
      ...(resourceGroup === null ? [] : ['resourceGroups', resourceGroup]),
    ]
    const words = parts.flatMap((part) => {
      const provider = this.#providerOf(part)
      return ['providers', provider.namespace, ...this.#spelled(provider, part.segments)]
    })
    return {
      id: [...base, ...words].map((word) => `/${word}`).join(''),
      subscriptionId: subscription,
      resourceGroup,
    }
  }

  #resource(
    provider: ArmProvider,
    scope: ArmScope,
    segments: readonly string[],
  ): Extract<ArmTarget, { kind: 'resource' }> {
    const types = segments.filter((_segment, index) => index % 2 === 0)
    const names = segments.filter((_segment, index) => index % 2 === 1)
    const type = this.type(provider, types)
    if (!type) throw unknownType(provider, types)
    const words = ['providers', provider.namespace, ...this.#spelled(provider, segments)]
    const id = `${scope.id}${words.map((word) => `/${word}`).join('')}`
    return { kind: 'resource', provider, type, ref: { scope, names, id } }
  }

  /** Types as Azure spells them; a slash in a name is written `~`. */
  #spelled(provider: ArmProvider, segments: readonly string[]): string[] {
    const types = segments.filter((_segment, index) => index % 2 === 0)
    const spelled = this.type(provider, types)?.type.split('/') ?? types
    return segments.map((segment, index) =>
      index % 2 === 0 ? (spelled[index / 2] ?? segment) : segment.replaceAll('/', '~'),
    )
  }

  #providerOf({ namespace }: ProviderPart): ArmProvider {
    const provider = this.provider(namespace)
    if (provider) return provider
    throw new ArmError(
      404,
      'InvalidResourceNamespace',
      `The resource namespace '${namespace}' is not emulated. Known are ${this.providers.map((known) => known.namespace).join(', ')}.`,
    )
  }
}

function entryOf<Entry>(
  entries: Readonly<Record<string, Entry>> | undefined,
  name: string,
): Entry | undefined {
  const wanted = name.toLowerCase()
  const found = Object.entries(entries ?? {}).find(([key]) => key.toLowerCase() === wanted)
  return found?.[1]
}

function unknownType(provider: ArmProvider, types: readonly string[]): ArmError {
  return new ArmError(
    404,
    'InvalidResourceType',
    `The resource type '${types.join('/')}' could not be found in the namespace '${provider.namespace}'.`,
  )
}

export function wrongMethod(method: string): ArmError {
  return new ArmError(
    405,
    'HttpMethodNotAllowed',
    `The method ${method} is not allowed for this address.`,
  )
}

function notFound(message: string): ArmError {
  return new ArmError(404, 'NotFound', message)
}
