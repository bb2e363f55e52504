import { test } from 'tap'
import { Type as Typebox } from 'typebox'
import { Type } from './json-type.ts'

/** The same schema, built by either. */
function sample(type: typeof Type): object {
  return type.Object(
    {
      text: type.String({ minLength: 1 }),
      count: type.Optional(type.Integer({ minimum: 0, description: 'how many' })),
      share: type.Number(),
      isOpen: type.Optional(type.Boolean()),
      items: type.Array(type.Union([type.String(), type.Null()]), { maxItems: 3 }),
      raw: type.Unsafe<string | null>({ type: ['string', 'null'] }),
      anything: type.Unknown(),
      none: type.Object({}),
    },
    { additionalProperties: false },
  )
}

test('schemas are those of typebox, and of no more', (t) => {
  t.strictSame(
    JSON.parse(JSON.stringify(sample(Type))),
    JSON.parse(JSON.stringify(sample(Typebox))),
  )
  t.strictSame(JSON.parse(JSON.stringify(Type.Record(Type.String(), Type.Integer()))), {
    type: 'object',
    additionalProperties: { type: 'integer' },
  })
  t.end()
})

test('a part made here is optional inside what typebox makes, and the other way round', (t) => {
  t.same(Typebox.Object({ a: Type.Optional(Type.String()), b: Type.String() }).required, ['b'])
  t.same(Type.Object({ a: Typebox.Optional(Typebox.String()), b: Type.String() }).required, ['b'])
  t.end()
})
