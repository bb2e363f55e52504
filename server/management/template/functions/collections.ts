import { isObject } from '../../../../protocol/json.ts'
import { find } from '../evaluate.ts'
import { invalidTemplate } from '../invalid-template.ts'
import {
  type FunctionTable,
  arrayAt,
  integerAt,
  isSame,
  objectAt,
  textAt,
  wrong,
} from './arguments.ts'

/** Functions of arrays and objects. */
export const COLLECTION_FUNCTIONS: FunctionTable = {
  array: (args) => (Array.isArray(args[0]) ? args[0] : [args[0]]),
  createArray: (args) => args,
  createObject: (args) => {
    if (args.length % 2 !== 0)
      throw wrong('createObject', args.length, 'there: keys and values are pairs')
    const keys = args.filter((_item, at) => at % 2 === 0)
    return Object.fromEntries(
      keys.map((_key, at) => [textAt(keys, at, 'createObject'), args[2 * at + 1]]),
    )
  },
  union: (args) =>
    Array.isArray(args[0])
      ? distinct(args.flatMap((_item, at) => arrayAt(args, at, 'union')))
      : args.map((_item, at) => objectAt(args, at, 'union')).reduce(merge),
  intersection: (args) => {
    if (Array.isArray(args[0])) {
      const lists = args.map((_item, at) => arrayAt(args, at, 'intersection'))
      const [first = [], ...others] = lists
      return distinct(first.filter((item) => others.every((list) => includes(list, item))))
    }
    const [first = {}, ...others] = args.map((_item, at) => objectAt(args, at, 'intersection'))
    const shared = Object.entries(first).filter(([key, value]) =>
      others.every((other) => isSame(find(other, key), value)),
    )
    return Object.fromEntries(shared)
  },
  empty: (args) => {
    const [value] = args
    if (value === null || value === undefined) return true
    return (isObject(value) ? Object.keys(value) : (value as string | unknown[])).length === 0
  },
  length: (args) => {
    const [value] = args
    if (typeof value === 'string' || Array.isArray(value)) return value.length
    if (isObject(value)) return Object.keys(value).length
    throw wrong('length', 0, 'a string, an array or an object')
  },
  contains: (args) => {
    const [container, item] = args
    if (typeof container === 'string') return container.includes(String(item))
    if (Array.isArray(container)) return includes(container, item)
    if (isObject(container)) return find(container, item) !== undefined
    throw wrong('contains', 0, 'a string, an array or an object')
  },
  indexOf: (args) =>
    position(args, 'indexOf', (list, item) => list.findIndex((one) => isSame(one, item))),
  lastIndexOf: (args) =>
    position(args, 'lastIndexOf', (list, item) => list.findLastIndex((one) => isSame(one, item))),
  first: (args) => sequence(args, 'first')[0] ?? null,
  last: (args) => sequence(args, 'last').at(-1) ?? null,
  skip: (args) => sequence(args, 'skip').slice(Math.max(integerAt(args, 1, 'skip'), 0)),
  take: (args) => sequence(args, 'take').slice(0, Math.max(integerAt(args, 1, 'take'), 0)),
  items: (args) =>
    Object.entries(objectAt(args, 0, 'items'))
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, value]) => ({ key, value })),
  objectKeys: (args) => Object.keys(objectAt(args, 0, 'objectKeys')).sort(),
  flatten: (args) => {
    const lists = arrayAt(args, 0, 'flatten')
    return lists.flatMap((_list, at) => arrayAt(lists, at, 'flatten'))
  },
  shallowMerge: (args) => Object.assign({}, ...(arrayAt(args, 0, 'shallowMerge') as object[])),
  coalesce: (args) => args.find((value) => value !== null && value !== undefined) ?? null,
  tryGet: (args) =>
    args.slice(1).reduce<unknown>((value, key) => find(value, key) ?? null, args[0] ?? null),
}

type Tree = Readonly<Record<string, unknown>>

/** The later object wins; objects in both are merged. */
function merge(one: Tree, other: Tree): Tree {
  const merged: Record<string, unknown> = { ...one }
  for (const [key, value] of Object.entries(other)) {
    const known = merged[key]
    merged[key] = isObject(known) && isObject(value) ? merge(known, value) : value
  }
  return merged
}

function distinct(items: readonly unknown[]): unknown[] {
  return items.filter((item, at) => items.findIndex((other) => isSame(item, other)) === at)
}

function includes(list: readonly unknown[], item: unknown): boolean {
  return list.some((other) => isSame(other, item))
}

/** A text or a list: both can be cut. */
function sequence(args: readonly unknown[], name: string): string | readonly unknown[] {
  const [value] = args
  return typeof value === 'string' ? value : arrayAt(args, 0, name)
}

function position(
  args: readonly unknown[],
  name: 'indexOf' | 'lastIndexOf',
  inList: (list: readonly unknown[], item: unknown) => number,
): number {
  const [container, item] = args
  if (Array.isArray(container)) return inList(container, item)
  if (typeof container !== 'string') {
    throw invalidTemplate(
      `argument 1 of the template function '${name}' must be a string or an array`,
    )
  }
  return container.toLowerCase()[name](textAt(args, 1, name).toLowerCase())
}
