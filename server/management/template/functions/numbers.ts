import { invalidTemplate } from '../invalid-template.ts'
import { type FunctionTable, arrayAt, integerAt, isSame, wrong } from './arguments.ts'

/** Functions of numbers, and comparisons. */
export const NUMBER_FUNCTIONS: FunctionTable = {
  add: (args) => integerAt(args, 0, 'add') + integerAt(args, 1, 'add'),
  sub: (args) => integerAt(args, 0, 'sub') - integerAt(args, 1, 'sub'),
  mul: (args) => integerAt(args, 0, 'mul') * integerAt(args, 1, 'mul'),
  div: (args) => Math.trunc(integerAt(args, 0, 'div') / divisor(args, 'div')),
  mod: (args) => integerAt(args, 0, 'mod') % divisor(args, 'mod'),
  min: (args) => Math.min(...numbers(args, 'min')),
  max: (args) => Math.max(...numbers(args, 'max')),
  range: (args) => {
    const start = integerAt(args, 0, 'range')
    const count = integerAt(args, 1, 'range')
    if (count < 0 || count > 10_000) throw wrong('range', 1, 'from 0 to 10000')
    return Array.from({ length: count }, (_unused, index) => start + index)
  },
  equals: (args) => isSame(args[0], args[1]),
  less: (args) => compare(args, 'less') < 0,
  lessOrEquals: (args) => compare(args, 'lessOrEquals') <= 0,
  greater: (args) => compare(args, 'greater') > 0,
  greaterOrEquals: (args) => compare(args, 'greaterOrEquals') >= 0,
  true: () => true,
  false: () => false,
  null: () => null,
}

function numbers(args: readonly unknown[], name: string): number[] {
  const list = Array.isArray(args[0]) ? arrayAt(args, 0, name) : args
  return list.map((_item, at) => integerAt(list, at, name))
}

function divisor(args: readonly unknown[], name: string): number {
  const value = integerAt(args, 1, name)
  if (value !== 0) return value
  throw invalidTemplate(`the template function '${name}' divides by zero`)
}

/** Numbers by size, texts by their characters' codes. */
function compare(args: readonly unknown[], name: string): number {
  const [one, other] = args
  const areAlike =
    (typeof one === 'number' && typeof other === 'number') ||
    (typeof one === 'string' && typeof other === 'string')
  if (!areAlike) throw wrong(name, 1, 'of the same type as the first, integer or string')
  return one < other ? -1 : one > other ? 1 : 0
}
