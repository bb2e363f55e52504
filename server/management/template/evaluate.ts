import { isObject } from '../../../protocol/json.ts'
import { type Expression, isExpression, parseExpression } from './expression-parser.ts'
import { invalidTemplate } from './invalid-template.ts'

/** A function that gets the values of its arguments. */
export type EagerFunction = (args: readonly unknown[], scope: Scope) => unknown
/** A function that evaluates what it needs: `if`, `lambda` and their like. */
export type LazyFunction = (args: readonly Expression[], scope: Scope) => unknown

/** What expressions see: functions by name in lower case, indexes of loops, variables of lambdas. */
export type Scope = {
  readonly eager: ReadonlyMap<string, EagerFunction>
  readonly lazy: ReadonlyMap<string, LazyFunction>
  /** Index by the loop's name in lower case. */
  readonly loops: ReadonlyMap<string, number>
  /** Name of the innermost loop; null outside of any. */
  readonly loop: string | null
  readonly lambda: ReadonlyMap<string, unknown>
}

/** The scope with one more loop. */
export function inLoop(scope: Scope, name: string, index: number): Scope {
  const key = name.toLowerCase()
  return { ...scope, loops: new Map(scope.loops).set(key, index), loop: key }
}

/** The value of an expression. Throws `InvalidTemplate`. */
export async function evaluate(expression: Expression, scope: Scope): Promise<unknown> {
  switch (expression.kind) {
    case 'value':
      return expression.value
    case 'member':
      return member(
        await evaluate(expression.of, scope),
        await evaluate(expression.key, scope),
        expression.isSafe,
      )
    case 'call': {
      const name = expression.name.toLowerCase()
      const lazy = scope.lazy.get(name)
      if (lazy) return lazy(expression.args, scope)
      const eager = scope.eager.get(name) ?? scope.eager.get(familyOf(name))
      if (!eager) throw unknownFunction(expression.name)
      const args: unknown[] = []
      for (const argument of expression.args) args.push(await evaluate(argument, scope))
      return eager(familyOf(name) === name ? args : [name, ...args], scope)
    }
  }
}

/** `list...` are one family: the name of the operation is the first argument. */
function familyOf(name: string): string {
  return /^list[a-z]/.test(name) ? 'list*' : name
}

/** A text of a template: the value of its expression, or the text itself. */
export async function evaluateText(text: string, scope: Scope): Promise<unknown> {
  if (!isExpression(text)) return text
  if (text.startsWith('[[')) return text.slice(1)
  return evaluate(parseExpression(text.slice(1, -1)), scope)
}

/** Any part of a template with every expression in it evaluated, loops of properties unrolled. */
export async function evaluateTree(tree: unknown, scope: Scope): Promise<unknown> {
  if (typeof tree === 'string') return evaluateText(tree, scope)
  if (Array.isArray(tree)) {
    const items: unknown[] = []
    for (const item of tree) items.push(await evaluateTree(item, scope))
    return items
  }
  if (!isObject(tree)) return tree
  const entries: [string, unknown][] = []
  for (const [key, value] of Object.entries(tree)) {
    const loops = key.toLowerCase() === 'copy' ? loopsOf(value) : undefined
    if (loops) for (const loop of loops) entries.push(await unroll(loop, scope))
    else entries.push([String(await evaluateText(key, scope)), await evaluateTree(value, scope)])
  }
  return Object.fromEntries(entries)
}

/** One loop over a property, variable or output: as many values as `count` says. */
export type Loop = { readonly name: string; readonly count: unknown; readonly input: unknown }

/** The `copy` of an object, if it is a list of loops. */
export function loopsOf(value: unknown): readonly Loop[] | undefined {
  if (!Array.isArray(value)) return undefined
  const isLoop = (item: unknown): item is Loop =>
    isObject(item) && typeof item['name'] === 'string' && 'count' in item && 'input' in item
  return value.every(isLoop) ? value : undefined
}

/** The property's name and its values. */
export async function unroll(loop: Loop, scope: Scope): Promise<[string, unknown[]]> {
  const count = await loopCount(loop.count, loop.name, scope)
  const values: unknown[] = []
  for (let index = 0; index < count; index++) {
    values.push(await evaluateTree(loop.input, inLoop(scope, loop.name, index)))
  }
  return [loop.name, values]
}

/** How often a loop runs. Throws unless it is 0 to 800, as in Azure. */
export async function loopCount(count: unknown, name: string, scope: Scope): Promise<number> {
  const value = await evaluateTree(count, scope)
  if (Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 800) return Number(value)
  throw invalidTemplate(`the count of the loop '${name}' must be a whole number from 0 to 800`)
}

function member(of: unknown, key: unknown, isSafe: boolean): unknown {
  if (isSafe && (of === null || of === undefined)) return null
  const found = find(of, key)
  if (found !== undefined) return found
  if (isSafe) return null
  const known = isObject(of) ? ` Known are: ${Object.keys(of).join(', ')}` : ''
  throw invalidTemplate(
    `the language expression property '${String(key)}' doesn't exist or cannot be read.${known}`,
  )
}

/** A member of an object, by name without case, or an item of a list or a character of a text, by number. */
export function find(of: unknown, key: unknown): unknown {
  if (typeof key === 'number') {
    return Array.isArray(of) || typeof of === 'string' ? (of as readonly unknown[])[key] : undefined
  }
  if (!isObject(of) || typeof key !== 'string') return undefined
  if (Object.hasOwn(of, key)) return of[key]
  const wanted = key.toLowerCase()
  return Object.entries(of).find(([name]) => name.toLowerCase() === wanted)?.[1]
}

function unknownFunction(name: string) {
  return invalidTemplate(
    `the template function '${name}' is not emulated; docs/reference/management.md lists those that are`,
  )
}
