import type { ComponentChildren } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { Menu, type MenuItem } from './menu.tsx'
import { nextSort, type Sort, sortRows, type SortValue } from './sort-rows.ts'
import { tableAction } from './table-keys.ts'
import { ROW_HEIGHT_PX, scrollTo, visibleRange } from './virtual-range.ts'

export type Column<Row> = {
  readonly key: string
  readonly head: string
  /** px */
  readonly width: number
  readonly cell: (row: Row) => ComponentChildren
  /** Left out: the column cannot be sorted by. */
  readonly sortBy?: (row: Row) => SortValue
  readonly isNumber?: boolean
}

/** Rows that can be ticked; a reason keeps one from it. */
export type Ticks<Row> = {
  readonly ids: ReadonlySet<string>
  readonly toggle: (row: Row) => void
  readonly refusal?: (row: Row) => string | undefined
}

export type TableProps<Row> = {
  /** What the table holds, for those who do not see it. */
  readonly label: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly rowId: (row: Row) => string
  /** What people call a row. */
  readonly rowName: (row: Row) => string
  readonly selected?: string | null
  readonly onOpen?: (row: Row) => void
  readonly menu?: (row: Row) => readonly MenuItem[]
  readonly ticks?: Ticks<Row>
}

/**
 * A table of any length with at most 200 rows in the page: keyboard, sorting by heads, ticks and a menu for each row.
 * Its height is the style sheet's. Source: dashboard 1.
 */
export function VirtualTable<Row>(props: TableProps<Row>) {
  const { label, columns, rowId, rowName, selected = null, onOpen, menu, ticks } = props
  const [sort, setSort] = useState<Sort | null>(null)
  const [activeId, setActiveId] = useState<string | null>(null)
  const [view, setView] = useState({ scrollPx: 0, heightPx: 640 })
  const [menuAt, setMenuAt] = useState<{ row: Row; x: number; y: number } | null>(null)
  const scroller = useRef<HTMLDivElement>(null)
  const rows = useMemo(() => {
    const by = columns.find(({ key }) => key === sort?.key)?.sortBy
    return by && sort ? sortRows(props.rows, by, sort.isDescending) : props.rows
  }, [props.rows, columns, sort])
  useEffect(() => {
    const element = scroller.current
    if (!element) return undefined
    const measure = () =>
      setView({ scrollPx: element.scrollTop, heightPx: element.clientHeight - ROW_HEIGHT_PX })
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    element.addEventListener('scroll', measure, { passive: true })
    return () => {
      observer.disconnect()
      element.removeEventListener('scroll', measure)
    }
  }, [])
  const range = visibleRange(rows.length, view.scrollPx, view.heightPx)
  const active = activeId === null ? -1 : rows.findIndex((row) => rowId(row) === activeId)
  const openMenu = (row: Row, x: number, y: number) => {
    setActiveId(rowId(row))
    if (menu && menu(row).length > 0) setMenuAt({ row, x, y })
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target instanceof HTMLElement && event.target.closest('button, a, input')) return
    const page = Math.max(1, Math.floor(view.heightPx / ROW_HEIGHT_PX) - 1)
    const action = tableAction(event.key, event.shiftKey, { active, count: rows.length, page })
    if (!action) return
    event.preventDefault()
    if (action.kind === 'move') {
      const to = rows[action.to]
      const element = scroller.current
      if (to === undefined || !element) return
      setActiveId(rowId(to))
      element.scrollTop = scrollTo(action.to, element.scrollTop, view.heightPx)
      return
    }
    const row = rows[active]
    if (row === undefined) return
    switch (action.kind) {
      case 'open':
        return onOpen?.(row)
      case 'tick':
        if (ticks?.refusal?.(row) === undefined) ticks?.toggle(row)
        return
      case 'menu': {
        const cell = document.getElementById(cellId(label, rowId(row)))?.getBoundingClientRect()
        openMenu(row, (cell?.left ?? 0) + 16, cell?.bottom ?? 0)
      }
    }
  }
  const width = columns.reduce((sum, column) => sum + column.width, menu ? MENU_WIDTH_PX : 0)
  return (
    <div ref={scroller} class="table" tabIndex={-1}>
      <table
        role="grid"
        tabIndex={0}
        aria-label={label}
        aria-rowcount={rows.length + 1}
        aria-activedescendant={active === -1 ? undefined : cellId(label, activeId ?? '')}
        aria-multiselectable={ticks ? true : undefined}
        style={{ minWidth: `${width + (ticks ? TICK_WIDTH_PX : 0)}px` }}
        onKeyDown={onKeyDown}
      >
        <colgroup>
          {ticks && <col style={{ width: `${TICK_WIDTH_PX}px` }} />}
          {columns.map((column) => (
            <col key={column.key} style={{ width: `${column.width}px` }} />
          ))}
          {menu && <col style={{ width: `${MENU_WIDTH_PX}px` }} />}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            {ticks && (
              <th scope="col">
                <span class="unseen">Ticked</span>
              </th>
            )}
            {columns.map((column) => (
              <Head
                key={column.key}
                column={column}
                sort={sort}
                onSort={() => setSort(nextSort(sort, column.key))}
              />
            ))}
            {menu && (
              <th scope="col">
                <span class="unseen">Actions</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          <Gap rows={range.from} />
          {rows.slice(range.from, range.to).map((row, offset) => {
            const id = rowId(row)
            const refusal = ticks?.refusal?.(row)
            return (
              <tr
                key={id}
                id={cellId(label, id)}
                data-id={id}
                aria-rowindex={range.from + offset + 2}
                aria-selected={ticks ? ticks.ids.has(id) : id === selected}
                class={id === activeId ? 'active' : ''}
                onClick={(event) => {
                  setActiveId(id)
                  const isControl =
                    event.target instanceof Element && event.target.closest('button, a, input')
                  if (!isControl) onOpen?.(row)
                }}
                onContextMenu={(event) => {
                  if (!menu) return
                  event.preventDefault()
                  openMenu(row, event.clientX, event.clientY)
                }}
              >
                {ticks && (
                  <td>
                    <input
                      type="checkbox"
                      tabIndex={-1}
                      aria-label={`Select ${rowName(row)}`}
                      title={refusal}
                      disabled={refusal !== undefined}
                      checked={ticks.ids.has(id)}
                      onChange={() => ticks.toggle(row)}
                    />
                  </td>
                )}
                {columns.map((column, index) =>
                  index === 0 ? (
                    <th key={column.key} scope="row">
                      {column.cell(row)}
                    </th>
                  ) : (
                    <td key={column.key} class={column.isNumber ? 'number' : ''}>
                      {column.cell(row)}
                    </td>
                  ),
                )}
                {menu && (
                  <td class="row-menu">
                    <button
                      type="button"
                      class="quiet"
                      tabIndex={-1}
                      aria-haspopup="menu"
                      aria-label={`Actions for ${rowName(row)}`}
                      onClick={(event) => {
                        const { left, bottom } = event.currentTarget.getBoundingClientRect()
                        openMenu(row, left, bottom)
                      }}
                    >
                      ...
                    </button>
                  </td>
                )}
              </tr>
            )
          })}
          <Gap rows={rows.length - range.to} />
        </tbody>
      </table>
      {menuAt && menu && (
        <Menu
          label={`Actions for ${rowName(menuAt.row)}`}
          items={menu(menuAt.row)}
          at={menuAt}
          onClose={() => setMenuAt(null)}
        />
      )}
    </div>
  )
}

const TICK_WIDTH_PX = 40
const MENU_WIDTH_PX = 48

type HeadProps<Row> = {
  readonly column: Column<Row>
  readonly sort: Sort | null
  readonly onSort: () => void
}

function Head<Row>({ column, sort, onSort }: HeadProps<Row>) {
  const isSorted = sort?.key === column.key
  const order = isSorted ? (sort.isDescending ? 'descending' : 'ascending') : 'none'
  const mark = isSorted ? (sort.isDescending ? ' ▾' : ' ▴') : ''
  if (!column.sortBy) return <th scope="col">{column.head}</th>
  return (
    <th scope="col" aria-sort={order}>
      <button type="button" class="head" onClick={onSort}>
        {column.head}
        <span aria-hidden="true">{mark}</span>
      </button>
    </th>
  )
}

/** Stands for rows that are not in the page. */
function Gap({ rows }: { readonly rows: number }) {
  if (rows <= 0) return null
  return <tr class="gap" aria-hidden="true" style={{ height: `${rows * ROW_HEIGHT_PX}px` }} />
}

function cellId(label: string, id: string): string {
  return `${label}-${id}`.replaceAll(/[^\w-]/g, (char) => `.${char.codePointAt(0)}.`)
}
