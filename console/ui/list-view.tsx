import type { ComponentChildren } from 'preact'
import { useEffect, useMemo, useState } from 'preact/hooks'
import { compileFilter } from '../filter.ts'
import type { View } from './feed-store.ts'
import type { PageLocation } from './location.ts'
import { type TableProps, VirtualTable } from './virtual-table.tsx'

type ListProps<Row> = TableProps<Row> & {
  /** Where the rows come from: whether they are there yet, and how many there are on the server. */
  readonly view: Pick<View, 'isLoaded' | 'total' | 'error'> & { readonly rows: readonly unknown[] }
  readonly location: PageLocation
  /** What the filter sees of a row; the row itself when it is left out. */
  readonly filterBy?: (row: Row) => unknown
  /** Shown instead of the table when there is no row: one sentence, one command. */
  readonly empty: ComponentChildren
  /** Beside the filter. */
  readonly tools?: ComponentChildren
}

/**
 * A page's list: filter (kept in the URL as `q`), table, and the states that a list can be in.
 * Source: dashboard 1, States every page has.
 */
export function ListView<Row>(props: ListProps<Row>) {
  const { view, location, empty, tools, rows, label, filterBy } = props
  const text = location.route.value.query['q'] ?? ''
  const filtered = useMemo(() => {
    const holds = compileFilter(text)
    return text === '' ? rows : rows.filter((row) => holds(filterBy ? filterBy(row) : row))
  }, [rows, text, filterBy])
  const isTruncated = view.total > view.rows.length
  return (
    <section aria-label={label} class="list">
      <div class="tools">
        <FilterBox location={location} />
        <span class="count">
          {filtered.length.toLocaleString('en')} of {view.total.toLocaleString('en')}
        </span>
        {tools}
      </div>
      {isTruncated && (
        <p class="note">
          {view.rows.length.toLocaleString('en')} of {view.total.toLocaleString('en')} shown; filter
          on the server
        </p>
      )}
      {view.error && (
        <p class="failure" role="alert">
          {view.error.message} <code>{view.error.code}</code>
        </p>
      )}
      {!view.isLoaded ? (
        <Skeleton />
      ) : rows.length === 0 ? (
        <div class="empty">{empty}</div>
      ) : filtered.length === 0 ? (
        <div class="empty">
          <p>Nothing matches the filter.</p>
          <button type="button" onClick={() => location.setQuery('q', '')}>
            Clear filter
          </button>
        </div>
      ) : (
        <VirtualTable {...props} rows={filtered} />
      )}
    </section>
  )
}

/** The filter of a page; `/` goes to it. */
function FilterBox({ location }: { readonly location: PageLocation }) {
  return (
    <label class="filter">
      <span class="unseen">Filter</span>
      <input
        type="search"
        data-filter
        placeholder="Filter: words, key:value, -not"
        value={location.route.value.query['q'] ?? ''}
        onInput={(event) => location.setQuery('q', event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return
          if (event.currentTarget.value === '') event.currentTarget.blur()
          location.setQuery('q', '')
          event.preventDefault()
        }}
      />
    </label>
  )
}

/** What stands where rows will come, not before it has taken a while. */
export function Skeleton() {
  const [isSlow, setIsSlow] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setIsSlow(true), SKELETON_AFTER_MS)
    return () => clearTimeout(timer)
  }, [])
  return isSlow ? <p class="skeleton">Loading...</p> : null
}

const SKELETON_AFTER_MS = 150
