import type { RuleScope } from '../../namespace/store.ts'

/** Where policies hang, and how the path of a route says it. `names` are the parameters before the policy's own. */
export type RuleLevel = {
  readonly prefix: string
  readonly names: readonly string[]
  readonly scopeOf: (path: Path) => RuleScope
  readonly ruleOf: (path: Path) => string
}

type Path = Readonly<Record<string, string>>

/** The same routes serve both levels. */
export const RULE_LEVELS: readonly RuleLevel[] = [
  {
    prefix: '/namespaces/:ns/authorizationRules',
    names: ['ns'],
    scopeOf: (path) => ({ namespace: named(path, 'ns') }),
    ruleOf: (path) => named(path, 'rule'),
  },
  {
    prefix: '/namespaces/:ns/hybridConnections/:hc/authorizationRules',
    names: ['ns', 'hc'],
    scopeOf: (path) => ({ namespace: named(path, 'ns'), hybridConnection: named(path, 'hc') }),
    ruleOf: (path) => named(path, 'rule'),
  },
]

function named(path: Path, name: string): string {
  const value = path[name]
  if (value === undefined) throw new TypeError(`the path of this route has no :${name}`)
  return value
}
