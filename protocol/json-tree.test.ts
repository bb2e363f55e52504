import fc from 'fast-check'
import { test } from 'tap'
import { type JsonNode, readJsonTree } from './json-tree.ts'

test('whatever JSON.parse reads, the tree says the same', (t) => {
  fc.assert(
    fc.property(fc.json(), fc.integer({ min: 0, max: 4 }), (json, blanks) => {
      const text = JSON.stringify(JSON.parse(json), null, blanks)
      const tree = readJsonTree(text)
      return !('fault' in tree) && JSON.stringify(plain(tree)) === JSON.stringify(JSON.parse(text))
    }),
  )
  t.end()
})

test('a text is refused exactly when JSON.parse refuses it', (t) => {
  const alphabet = fc.constantFrom(...'{}[]:,"\\ue01-.+tfrusnl \n\u0001'.split(''))
  fc.assert(
    fc.property(fc.string({ unit: alphabet, maxLength: 12 }), (text) => {
      return 'fault' in readJsonTree(text) === !isJson(text)
    }),
    { numRuns: 2_000 },
  )
  t.end()
})

test('a fault tells where it is', (t) => {
  const fault = (text: string) => {
    const tree = readJsonTree(text)
    return 'fault' in tree ? tree.fault : undefined
  }
  t.strictSame(fault('[1 2]'), { at: 3, message: 'expected a comma or ]' })
  t.strictSame(fault('{a:1}'), { at: 1, message: 'expected a member name in double quotes' })
  t.strictSame(fault('{"a" 1}'), { at: 5, message: 'expected a colon after the member name' })
  t.strictSame(fault('1 2'), { at: 2, message: 'expected nothing more' })
  t.strictSame(fault(''), { at: 0, message: 'expected a value' })
  t.match(fault('['.repeat(100)), { message: 'is nested too deep' })
  t.end()
})

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** As `JSON.parse` builds it, with `__proto__` as a member like any other. */
function plain(node: JsonNode): unknown {
  switch (node.kind) {
    case 'literal':
      return node.value
    case 'array':
      return node.items.map(plain)
    case 'object': {
      const object: Record<string, unknown> = {}
      for (const { key, value } of node.members) {
        const descriptor = {
          value: plain(value),
          enumerable: true,
          configurable: true,
          writable: true,
        }
        Object.defineProperty(object, key, descriptor)
      }
      return object
    }
  }
}
