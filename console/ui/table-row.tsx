import { Component, type ComponentChildren } from 'preact'
import type { SortValue } from './sort-rows.ts'

export type Column<Row> = {
  readonly key: string
  readonly head: string
  /** px */
  readonly width: number
  /** Drawn anew when the row or the columns are others; what changes by itself is a component. */
  readonly cell: (row: Row) => ComponentChildren
  /** Left out: the column cannot be sorted by. */
  readonly sortBy?: (row: Row) => SortValue
  readonly isNumber?: boolean
}

type CellsProps<Row> = {
  readonly row: Row
  /** What people call the row. */
  readonly name: string
  readonly columns: readonly Column<Row>[]
  /** Left out: the row cannot be ticked. */
  readonly isTicked?: boolean | undefined
  /** Why the row cannot be ticked. */
  readonly refusal?: string | undefined
  readonly hasMenu: boolean
}

/** The cells of a row. Of the rows that are seen most are as before whenever the table is drawn: those are skipped. */
export class Cells<Row> extends Component<CellsProps<Row>> {
  // Signals that a cell reads come with the props that are there already.
  override shouldComponentUpdate(next: CellsProps<Row>): boolean {
    const { props } = this
    return (
      next === props ||
      next.row !== props.row ||
      next.columns !== props.columns ||
      next.name !== props.name ||
      next.isTicked !== props.isTicked ||
      next.refusal !== props.refusal ||
      next.hasMenu !== props.hasMenu
    )
  }

  override render({ row, name, columns, isTicked, refusal, hasMenu }: CellsProps<Row>) {
    return (
      <>
        {isTicked !== undefined && (
          <td role="gridcell">
            <input
              type="checkbox"
              tabIndex={-1}
              aria-label={`Select ${name}`}
              title={refusal}
              disabled={refusal !== undefined}
              checked={isTicked}
            />
          </td>
        )}
        {columns.map((column, index) =>
          index === 0 ? (
            <th key={column.key} role="rowheader" scope="row">
              {column.cell(row)}
            </th>
          ) : (
            <td key={column.key} role="gridcell" class={column.isNumber ? 'number' : undefined}>
              {column.cell(row)}
            </td>
          ),
        )}
        {hasMenu && (
          <td role="gridcell" class="row-menu">
            <button
              type="button"
              class="quiet"
              tabIndex={-1}
              aria-haspopup="menu"
              aria-label={`Actions for ${name}`}
            >
              ...
            </button>
          </td>
        )}
      </>
    )
  }
}
