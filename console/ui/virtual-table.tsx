import { useMemo, useRef, useState } from 'preact/hooks'
import { Menu, type MenuItem } from './menu.tsx'
import { NO_ROWS, rowKeys } from './row-keys.ts'
import { nextSort, type Sort, sortRows } from './sort-rows.ts'
import { tableAction } from './table-keys.ts'
import { Cells, type Column } from './table-row.tsx'
import { useScrolledRows } from './use-scrolled-rows.ts'
import { ROW_HEIGHT_PX, scrollTo } from './virtual-range.ts'

export type { Column } from './table-row.tsx'

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
  const [menuAt, setMenuAt] = useState<{ row: Row; x: number; y: number } | null>(null)
  const scroller = useRef<HTMLDivElement>(null)
  const rows = useMemo(() => {
    const by = columns.find(({ key }) => key === sort?.key)?.sortBy
    return by && sort ? sortRows(props.rows, by, sort.isDescending) : props.rows
  }, [props.rows, columns, sort])
  const { range, heightPx } = useScrolledRows(scroller, rows, rowId)
  const drawn = rows.slice(range.from, range.to)
  const elements = useRef(NO_ROWS)
  const isHeld = scroller.current?.querySelector('tbody :focus') instanceof Element
  elements.current = rowKeys(elements.current, drawn.map(rowId), isHeld)
  const { keys } = elements.current
  const active = activeId === null ? -1 : rows.findIndex((row) => rowId(row) === activeId)
  const tick = (row: Row) => {
    if (ticks?.refusal?.(row) === undefined) ticks?.toggle(row)
  }
  const openMenu = (row: Row, x: number, y: number) => {
    setActiveId(rowId(row))
    if (menu && menu(row).length > 0) setMenuAt({ row, x, y })
  }
  /** The row that something happened to: rows themselves listen to nothing. */
  const rowOf = ({ target }: Event): Row | undefined => {
    const id = target instanceof Element ? target.closest('tr')?.dataset['id'] : undefined
    return rows.find((row) => rowId(row) === id)
  }
  const onClick = (event: MouseEvent) => {
    const row = rowOf(event)
    if (row === undefined || !(event.target instanceof Element)) return
    setActiveId(rowId(row))
    const opener = event.target.closest('.row-menu button')
    if (opener) {
      const { left, bottom } = opener.getBoundingClientRect()
      openMenu(row, left, bottom)
    } else if (!event.target.closest('button, a, input')) onOpen?.(row)
  }
  const onContextMenu = (event: MouseEvent) => {
    const row = rowOf(event)
    if (!menu || row === undefined) return
    event.preventDefault()
    openMenu(row, event.clientX, event.clientY)
  }
  const onChange = (event: Event) => {
    const row = rowOf(event)
    if (row !== undefined) tick(row)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target instanceof HTMLElement && event.target.closest('button, a, input')) return
    const page = Math.max(1, Math.floor(heightPx / ROW_HEIGHT_PX) - 1)
    const action = tableAction(event.key, event.shiftKey, { active, count: rows.length, page })
    if (!action) return
    event.preventDefault()
    if (action.kind === 'move') {
      const to = rows[action.to]
      const element = scroller.current
      if (to === undefined || !element) return
      setActiveId(rowId(to))
      element.scrollTop = scrollTo(action.to, element.scrollTop, heightPx)
      return
    }
    const row = rows[active]
    if (row === undefined) return
    switch (action.kind) {
      case 'open':
        return onOpen?.(row)
      case 'tick':
        return tick(row)
      case 'menu': {
        const cell = document.getElementById(cellId(label, rowId(row)))?.getBoundingClientRect()
        openMenu(row, (cell?.left ?? 0) + 16, cell?.bottom ?? 0)
      }
    }
  }
  return (
    <div ref={scroller} class="table" tabIndex={-1}>
      <table
        role="grid"
        tabIndex={0}
        aria-label={label}
        aria-rowcount={rows.length + 1}
        aria-activedescendant={active === -1 ? undefined : cellId(label, activeId ?? '')}
        aria-multiselectable={ticks ? true : undefined}
        style={frameOf(columns, ticks !== undefined, menu !== undefined)}
        onKeyDown={onKeyDown}
      >
        {/* The roles are said, for not every browser leaves them to a table that is laid out as a grid. */}
        <thead role="rowgroup">
          <tr role="row" aria-rowindex={1}>
            {ticks && (
              <th role="columnheader" scope="col">
                <span class="unseen">Ticked</span>
              </th>
            )}
            {columns.map((column, index) => (
              <Head
                key={column.key}
                isFirst={index === 0}
                column={column}
                sort={sort}
                onSort={() => {
                  setSort(nextSort(sort, column.key))
                  scroller.current?.scrollTo({ top: 0 })
                }}
              />
            ))}
            {menu && (
              <th role="columnheader" scope="col">
                <span class="unseen">Actions</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody role="rowgroup" onClick={onClick} onContextMenu={onContextMenu} onChange={onChange}>
          <Gap rows={range.from} />
          {drawn.map((row, offset) => {
            const id = rowId(row)
            return (
              <tr
                key={keys[offset]}
                role="row"
                id={cellId(label, id)}
                data-id={id}
                aria-rowindex={range.from + offset + 2}
                aria-selected={ticks ? ticks.ids.has(id) : id === selected}
                class={id === activeId ? 'active' : undefined}
              >
                <Cells
                  row={row}
                  name={rowName(row)}
                  columns={columns}
                  isTicked={ticks?.ids.has(id)}
                  refusal={ticks?.refusal?.(row)}
                  hasMenu={menu !== undefined}
                />
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

/** The widths that all rows share; what is left over goes to the columns by theirs. */
function frameOf<Row>(columns: readonly Column<Row>[], hasTicks: boolean, hasMenu: boolean) {
  const tracks = [
    ...(hasTicks ? [TICK_WIDTH_PX] : []),
    ...columns.map(({ width }) => width),
    ...(hasMenu ? [MENU_WIDTH_PX] : []),
  ]
  return {
    '--columns': tracks.map((width) => `minmax(${width}px, ${width}fr)`).join(' '),
    minWidth: `${tracks.reduce((sum, width) => sum + width, 0)}px`,
  }
}

type HeadProps<Row> = {
  readonly column: Column<Row>
  readonly isFirst: boolean
  readonly sort: Sort | null
  readonly onSort: () => void
}

function Head<Row>({ column, isFirst, sort, onSort }: HeadProps<Row>) {
  const isSorted = sort?.key === column.key
  const order = isSorted ? (sort.isDescending ? 'descending' : 'ascending') : 'none'
  const mark = isSorted ? (sort.isDescending ? ' ▾' : ' ▴') : ''
  const name = isFirst ? 'first' : undefined
  if (!column.sortBy) {
    return (
      <th role="columnheader" scope="col" class={name}>
        {column.head}
      </th>
    )
  }
  return (
    <th role="columnheader" scope="col" class={name} aria-sort={order}>
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
