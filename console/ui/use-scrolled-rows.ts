import type { RefObject } from 'preact'
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import {
  firstSeen,
  isLeap,
  ROW_HEIGHT_PX,
  type RowRange,
  rowShift,
  visibleRange,
} from './virtual-range.ts'

/** Which rows are drawn, and the height in which they are seen, px. */
export type ScrolledRows = { readonly range: RowRange; readonly heightPx: number }

/**
 * Follows a table that is scrolled. Rows that come and go above what is seen do not move it; at the top of the table
 * they are seen.
 */
export function useScrolledRows<Row>(
  scroller: RefObject<HTMLElement | null>,
  rows: readonly Row[],
  rowId: (row: Row) => string,
): ScrolledRows {
  const [heightPx, setHeightPx] = useState(640)
  const [, setDrawn] = useState('')
  const place = useRef({ first: 0, seen: [] as readonly string[], hasMargin: true })
  const latest = useRef({ rows, rowId })
  latest.current = { rows, rowId }
  const shift = useMemo(() => {
    const { first, seen } = place.current
    const moved = first === 0 ? 0 : rowShift(seen, first, rows.length, idOf(rows, rowId))
    place.current.first += moved
    return moved
  }, [rows])
  useLayoutEffect(() => {
    if (scroller.current && shift !== 0) scroller.current.scrollTop += shift * ROW_HEIGHT_PX
  }, [rows])
  useLayoutEffect(() => {
    const element = scroller.current
    if (!element) return undefined
    let calm: ReturnType<typeof setTimeout> | undefined
    const look = () => {
      const { rows, rowId } = latest.current
      const first = firstSeen(element.scrollTop)
      const height = element.clientHeight - ROW_HEIGHT_PX
      const last = first + Math.ceil(height / ROW_HEIGHT_PX)
      const { current } = place
      if (isLeap(current.first, first, height)) {
        current.hasMargin = false
        clearTimeout(calm)
        calm = setTimeout(() => {
          current.hasMargin = true
          look()
        }, CALM_AFTER_MS)
      }
      current.first = first
      current.seen = rows.slice(first, last).map(rowId)
      // The first column is fixed only then: each cell of its own layer is dear.
      element.toggleAttribute('data-aside', element.scrollLeft > 0)
      const { from, to } = visibleRange(rows.length, first, height, current.hasMargin)
      setHeightPx(height)
      // Text, so that only another range draws the table anew.
      setDrawn(`${from} ${to}`)
    }
    const observer = new ResizeObserver(look)
    observer.observe(element)
    element.addEventListener('scroll', look, { passive: true })
    return () => {
      clearTimeout(calm)
      observer.disconnect()
      element.removeEventListener('scroll', look)
    }
  }, [])
  const { first, hasMargin } = place.current
  return { range: visibleRange(rows.length, first, heightPx, hasMargin), heightPx }
}

/** How long after a leap rows beyond what is seen are drawn again, ms. */
const CALM_AFTER_MS = 200

function idOf<Row>(rows: readonly Row[], rowId: (row: Row) => string): (index: number) => string {
  return (index) => rowId(rows[index] as Row)
}
