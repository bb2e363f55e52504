/** A compiled filter. Rows are plain data: objects of text, numbers, booleans, null, lists and objects. */
export type Filter = (row: unknown) => boolean

/**
 * The filter language of lists and tables: terms apart by blanks, all of which must hold. Never throws; what
 * cannot be read as a condition is a word, and a key that a row does not have does not match.
 *
 * - `word`, `"two words"`: found in any column, without case
 * - `key:value`, `key:"two words"`: the column is the value, without case; `*` stands for any text, an empty
 *   value for nothing there; `a.b` reaches inside, and `a` alone means anything inside it
 * - `key:>1MiB`, `>=`, `<`, `<=`: numbers; units are B, KiB, MiB, GiB, kB, MB, GB and ms, s, m, h
 * - `-` before a term: it must not hold
 *
 * Source: dashboard 1.
 */
export function compileFilter(text: string): Filter {
  const terms = [...text.matchAll(TERM)].map(([term]) => compileTerm(term))
  return (row) => terms.every((holds) => holds(row))
}

/** A quote runs to the next quote, or to the end where there is none. */
const TERM = /(?:"[^"]*(?:"|$)|[^\s"])+/g
const KEYED = /^([a-z_][\w.]*):(.*)$/is
const COMPARISON = /^(<=|>=|<|>)(-?\d+(?:\.\d+)?)([a-z]*)$/i
const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  ms: 1,
  s: 1e3,
  m: 60e3,
  h: 3600e3,
}
/** Rows are two levels deep; the bound keeps a row with a cycle harmless. */
const MAX_DEPTH = 6

type Leaf = string | number | boolean | null

function compileTerm(term: string): Filter {
  if (term.length > 1 && term.startsWith('-')) {
    const holds = compileTerm(term.slice(1))
    return (row) => !holds(row)
  }
  const keyed = KEYED.exec(term)
  if (!keyed?.[1]) return anyLeafContains(unquoted(term).toLowerCase())
  const path = keyed[1].toLowerCase().split('.')
  const value = keyed[2] ?? ''
  const matches = comparison(value) ?? textPattern(unquoted(value).toLowerCase())
  return (row) => leaves(valuesAt(row, path)).some(matches)
}

function unquoted(text: string): string {
  return text.replaceAll('"', '')
}

function anyLeafContains(word: string): Filter {
  return (row) => leaves([row]).some((leaf) => leafText(leaf).includes(word))
}

function comparison(value: string): ((leaf: Leaf) => boolean) | undefined {
  const parts = COMPARISON.exec(value)
  const unit = (parts?.[3] ?? '').toLowerCase()
  const factor = Object.hasOwn(UNITS, unit) ? UNITS[unit] : undefined
  if (!parts || factor === undefined) return undefined
  const limit = Number(parts[2]) * factor
  const isAbove = parts[1]?.startsWith('>') === true
  const mayEqual = parts[1]?.endsWith('=') === true
  return (leaf) => {
    if (typeof leaf !== 'number') return false
    return (mayEqual && leaf === limit) || (isAbove ? leaf > limit : leaf < limit)
  }
}

/** `*` matches any text. Pieces are sought from the left, so that a hostile pattern costs no more than its length. */
function textPattern(pattern: string): (leaf: Leaf) => boolean {
  const [first = '', ...rest] = pattern.split('*')
  const last = rest.pop()
  if (last === undefined) return (leaf) => leafText(leaf) === pattern
  return (leaf) => {
    const text = leafText(leaf)
    if (!text.startsWith(first)) return false
    let at = first.length
    for (const piece of rest) {
      const found = text.indexOf(piece, at)
      if (found === -1) return false
      at = found + piece.length
    }
    return text.length - last.length >= at && text.endsWith(last)
  }
}

/** Members are found without case, and lists are looked through. */
function valuesAt(value: unknown, path: readonly string[]): unknown[] {
  const [key, ...rest] = path
  if (key === undefined) return [value]
  if (Array.isArray(value)) return value.flatMap((element) => valuesAt(element, path))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value)
    .filter(([name]) => name.toLowerCase() === key)
    .flatMap(([, member]) => valuesAt(member, rest))
}

function leaves(values: readonly unknown[], depth = 0): Leaf[] {
  return values.flatMap((value): Leaf[] => {
    if (value === null || typeof value === 'string' || typeof value === 'number') return [value]
    if (typeof value === 'boolean') return [value]
    if (typeof value !== 'object' || depth === MAX_DEPTH) return []
    return leaves(Object.values(value), depth + 1)
  })
}

function leafText(leaf: Leaf): string {
  return leaf === null ? '' : String(leaf).toLowerCase()
}
