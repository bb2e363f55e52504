import type { Static, TSchema } from 'typebox'
import { compileFilter } from '../../console/filter.ts'
import { Type } from '../json-type.ts'
import { ApiError } from './api-error.ts'

const DEFAULT_LIMIT = 500
const MAX_LIMIT = 10_000

/** Members of the query that every list takes. `q` is the filter language. Source: dashboard 4. */
export const LIST_QUERY = {
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: MAX_LIMIT, description: `default ${DEFAULT_LIMIT}` }),
  ),
  cursor: Type.Optional(
    Type.String({ maxLength: 2_000, description: '`next` of the page before' }),
  ),
  q: Type.Optional(
    Type.String({ maxLength: 2_000, description: 'filter, e.g. `phase:open -label:web`' }),
  ),
}

export const ListQuery = Type.Object(LIST_QUERY, { additionalProperties: false })

/** A page of a list: `total` counts what passes the filter, `next` is null on the last page. */
export type Page<Row> = { items: Row[]; total: number; next: string | null }

/** Schema of {@link Page}. */
export function pageOf<Row extends TSchema>(row: Row) {
  return Type.Object(
    {
      items: Type.Array(row),
      total: Type.Integer(),
      next: Type.Union([Type.String(), Type.Null()]),
    },
    { additionalProperties: false },
  )
}

/**
 * The page that the query asks for. `keyOf` tells rows apart, so that a page goes on behind the same row when
 * others came or went meanwhile; `columns` is what the filter sees. Throws RELAY_INPUT_INVALID on a bad cursor.
 */
export function page<Row>(
  rows: readonly Row[],
  query: Static<typeof ListQuery>,
  keyOf: (row: Row) => string,
  columns: (row: Row) => unknown = (row) => row,
): Page<Row> {
  const matches = compileFilter(query.q ?? '')
  const found = query.q ? rows.filter((row) => matches(columns(row))) : rows
  const start = query.cursor === undefined ? 0 : startOf(found, readCursor(query.cursor), keyOf)
  const items = found.slice(start, start + (query.limit ?? DEFAULT_LIMIT))
  const end = start + items.length
  const last = items.at(-1)
  const hasMore = last !== undefined && end < found.length
  return { items, total: found.length, next: hasMore ? writeCursor(end, keyOf(last)) : null }
}

type Cursor = { readonly offset: number; readonly key: string }

function writeCursor(offset: number, key: string): string {
  return Buffer.from(JSON.stringify([offset, key])).toString('base64url')
}

function readCursor(text: string): Cursor {
  const [offset, key] = parsed(Buffer.from(text, 'base64url').toString())
  if (Number.isSafeInteger(offset) && Number(offset) >= 0 && typeof key === 'string') {
    return { offset: Number(offset), key }
  }
  throw new ApiError('RELAY_INPUT_INVALID', 'the cursor is not one that a list gave', {
    target: '/cursor',
  })
}

function parsed(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? value : []
  } catch {
    return []
  }
}

/** Behind the last row of the page before; at its offset when that row is gone. */
function startOf<Row>(
  rows: readonly Row[],
  { offset, key }: Cursor,
  keyOf: (row: Row) => string,
): number {
  const index = rows.findIndex((row) => keyOf(row) === key)
  return index === -1 ? offset : index + 1
}
