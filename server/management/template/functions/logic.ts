import { type LazyFunction, type Scope, evaluate } from '../evaluate.ts'
import type { Expression } from '../expression-parser.ts'
import { invalidTemplate } from '../invalid-template.ts'
import { flagAt, integerAt, textAt, wrong } from './arguments.ts'

/** What `lambda(...)` gives: a function of as many arguments as it names. */
type Lambda = (...args: readonly unknown[]) => Promise<unknown>

/** Functions that evaluate only what they need. */
export const LAZY_FUNCTIONS: Readonly<Record<string, LazyFunction>> = {
  if: async (args, scope) => {
    const condition = await evaluate(argument(args, 0, 'if'), scope)
    return evaluate(argument(args, flagAt([condition], 0, 'if') ? 1 : 2, 'if'), scope)
  },
  and: async (args, scope) => {
    for (const item of args) if (!(await flagOf(item, scope, 'and'))) return false
    return true
  },
  or: async (args, scope) => {
    for (const item of args) if (await flagOf(item, scope, 'or')) return true
    return false
  },
  not: async (args, scope) => !(await flagOf(argument(args, 0, 'not'), scope, 'not')),
  copyIndex: async (args, scope) => {
    const given: unknown[] = []
    for (const item of args) given.push(await evaluate(item, scope))
    const isNamed = typeof given[0] === 'string'
    const name = isNamed ? textAt(given, 0, 'copyIndex').toLowerCase() : scope.loop
    const index = name === null ? undefined : scope.loops.get(name)
    if (index === undefined) {
      throw invalidTemplate("the template function 'copyIndex' is not expected outside of its loop")
    }
    const at = isNamed ? 1 : 0
    return index + (given.length > at ? integerAt(given, at, 'copyIndex') : 0)
  },
  lambda: async (args, scope): Promise<Lambda> => {
    const names: string[] = []
    for (const item of args.slice(0, -1))
      names.push(textAt([await evaluate(item, scope)], 0, 'lambda'))
    const body = argument(args, args.length - 1, 'lambda')
    return (...values) => {
      const lambda = new Map(scope.lambda)
      for (const [at, name] of names.entries()) lambda.set(name.toLowerCase(), values[at])
      return evaluate(body, { ...scope, lambda })
    }
  },
  lambdaVariables: async (args, scope) => {
    const name = textAt(
      [await evaluate(argument(args, 0, 'lambdaVariables'), scope)],
      0,
      'lambdaVariables',
    )
    if (scope.lambda.has(name.toLowerCase())) return scope.lambda.get(name.toLowerCase())
    throw invalidTemplate(`the lambda variable '${name}' is not found`)
  },
  map: async (args, scope) => {
    const [list, lambda] = await listAndLambda(args, scope, 'map')
    const mapped: unknown[] = []
    for (const [index, item] of list.entries()) mapped.push(await lambda(item, index))
    return mapped
  },
  filter: async (args, scope) => {
    const [list, lambda] = await listAndLambda(args, scope, 'filter')
    const kept: unknown[] = []
    for (const [index, item] of list.entries()) if (await lambda(item, index)) kept.push(item)
    return kept
  },
  reduce: async (args, scope) => {
    const [list, initial, lambda] = await evaluateAll(args, scope)
    let value = initial
    for (const [index, item] of arrayOf(list, 'reduce').entries()) {
      value = await lambdaOf(lambda, 'reduce')(value, item, index)
    }
    return value
  },
  sort: async (args, scope) => {
    const [list, isBefore] = await listAndLambda(args, scope, 'sort')
    const sorted: unknown[] = []
    for (const item of list) {
      let at = sorted.length
      while (at > 0 && !(await isBefore(sorted[at - 1], item))) at--
      sorted.splice(at, 0, item)
    }
    return sorted
  },
  toObject: async (args, scope) => {
    const [list, keyOf, valueOf] = await evaluateAll(args, scope)
    const entries: [string, unknown][] = []
    for (const item of arrayOf(list, 'toObject')) {
      const key = String(await lambdaOf(keyOf, 'toObject')(item))
      entries.push([key, valueOf === undefined ? item : await lambdaOf(valueOf, 'toObject')(item)])
    }
    return Object.fromEntries(entries)
  },
}

function argument(args: readonly Expression[], at: number, name: string): Expression {
  const found = args[at]
  if (found) return found
  throw invalidTemplate(`the template function '${name}' needs more than ${args.length} arguments`)
}

async function flagOf(expression: Expression, scope: Scope, name: string): Promise<boolean> {
  return flagAt([await evaluate(expression, scope)], 0, name)
}

async function evaluateAll(args: readonly Expression[], scope: Scope): Promise<unknown[]> {
  const values: unknown[] = []
  for (const item of args) values.push(await evaluate(item, scope))
  return values
}

async function listAndLambda(
  args: readonly Expression[],
  scope: Scope,
  name: string,
): Promise<[readonly unknown[], Lambda]> {
  const [list, lambda] = await evaluateAll(args, scope)
  return [arrayOf(list, name), lambdaOf(lambda, name)]
}

function arrayOf(value: unknown, name: string): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw wrong(name, 0, 'an array')
}

function lambdaOf(value: unknown, name: string): Lambda {
  if (typeof value === 'function') return value as Lambda
  throw wrong(name, 1, 'a lambda')
}
