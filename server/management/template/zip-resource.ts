import { invalidTemplate } from './invalid-template.ts'

/**
 * `/providers/Microsoft.Relay/namespaces/ns/hybridConnections/hc` of a type and as many names as it has segments;
 * a single name may hold them all, with slashes between. Throws `InvalidTemplate`. Source: management-plane 3.9.
 */
export function zipResource(type: string, names: readonly string[]): string {
  const [provider = '', ...types] = type.split('/')
  const words = names.length === types.length ? names : names.flatMap((name) => name.split('/'))
  if (types.length === 0 || words.length !== types.length) {
    throw invalidTemplate(
      `the template resource '${names.join('/')}' of type '${type}' has ${words.length} name segments, and its type needs ${types.length}`,
    )
  }
  // A slash within one name is written `~`.
  const pairs = types.map((segment, at) => `/${segment}/${words[at]?.replaceAll('/', '~') ?? ''}`)
  return `/providers/${provider}${pairs.join('')}`
}
