import { isObject } from '../../../../protocol/json.ts'
import type { EagerFunction } from '../evaluate.ts'
import { invalidTemplate } from '../invalid-template.ts'

/** Functions by their name as it is documented. */
export type FunctionTable = Readonly<Record<string, EagerFunction>>

/** Each reads one argument, or throws `InvalidTemplate` naming function and place. */

export function textAt(args: readonly unknown[], at: number, name: string): string {
  const value = args[at]
  if (typeof value === 'string') return value
  throw wrong(name, at, 'a string')
}

export function integerAt(args: readonly unknown[], at: number, name: string): number {
  const value = args[at]
  if (Number.isSafeInteger(value)) return Number(value)
  throw wrong(name, at, 'an integer')
}

export function flagAt(args: readonly unknown[], at: number, name: string): boolean {
  const value = args[at]
  if (typeof value === 'boolean') return value
  throw wrong(name, at, 'a boolean')
}

export function arrayAt(args: readonly unknown[], at: number, name: string): readonly unknown[] {
  const value = args[at]
  if (Array.isArray(value)) return value
  throw wrong(name, at, 'an array')
}

export function objectAt(
  args: readonly unknown[],
  at: number,
  name: string,
): Readonly<Record<string, unknown>> {
  const value = args[at]
  if (isObject(value)) return value
  throw wrong(name, at, 'an object')
}

/** All of them as texts; numbers and flags are written out. */
export function textsOf(args: readonly unknown[], name: string): string[] {
  return args.map((value, at) => {
    if (['string', 'number', 'boolean'].includes(typeof value)) return wordOf(value)
    throw wrong(name, at, 'a string')
  })
}

/** A simple value as templates write it: `True` and `False` for flags. */
export function wordOf(value: unknown): string {
  return typeof value === 'boolean' ? (value ? 'True' : 'False') : String(value)
}

export function wrong(name: string, at: number, what: string) {
  return invalidTemplate(`argument ${at + 1} of the template function '${name}' must be ${what}`)
}

/** Equal as templates see it: objects and arrays by their content, texts with case. */
export function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((item, index) => isSame(item, other[index]))
  }
  if (!isObject(one) || !isObject(other)) return false
  const keys = Object.keys(one)
  return (
    keys.length === Object.keys(other).length && keys.every((key) => isSame(one[key], other[key]))
  )
}
