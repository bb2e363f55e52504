import { useEffect, useId, useRef, useState } from 'preact/hooks'
import type uPlot from 'uplot'
import { formatTime, UNKNOWN } from '../../../../../console/ui/format.ts'

export type ChartSeries = { readonly label: string; readonly values: readonly number[] }

type ChartProps = {
  readonly title: string
  /** Unix seconds, oldest first. */
  readonly times: readonly number[]
  /** Two of them. */
  readonly lines: readonly ChartSeries[]
  readonly format: (value: number) => string
}

/** Two lines over time, their last values, and the same as a table. */
export function Chart({ title, times, lines, format }: ChartProps) {
  const [isTable, setIsTable] = useState(false)
  const id = useId()
  return (
    <section class="card chart" aria-labelledby={id}>
      <div class="heading">
        <h3 id={id}>{title}</h3>
        <span class="spread" />
        <button
          type="button"
          class="quiet"
          aria-pressed={isTable}
          aria-label={`Show as table: ${title}`}
          onClick={() => setIsTable(!isTable)}
        >
          Show as table
        </button>
      </div>
      <p class="legend">
        {lines.map(({ label, values }, index) => (
          <span key={label} class={`line-${index}`}>
            <span class="swatch" aria-hidden="true" />
            {label} <strong>{values.length > 0 ? format(values.at(-1) ?? 0) : UNKNOWN}</strong>
          </span>
        ))}
      </p>
      {isTable ? (
        <ChartTable title={title} times={times} lines={lines} format={format} />
      ) : (
        <Plot title={title} times={times} lines={lines} format={format} />
      )}
    </section>
  )
}

const HEIGHT_PX = 120
const SPAN_SECONDS = 300

function Plot({ title, times, lines, format }: ChartProps) {
  const frame = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)
  const latest = useRef<uPlot.AlignedData>([[], [], []])
  latest.current = [times, ...lines.map(({ values }) => values)] as unknown as uPlot.AlignedData
  useEffect(() => {
    const element = frame.current
    if (!element) return undefined
    let isGone = false
    const observer = new ResizeObserver(() =>
      plot.current?.setSize({ width: element.clientWidth, height: HEIGHT_PX }),
    )
    const themes = new MutationObserver(() => plot.current?.redraw(false))
    const scheme = matchMedia('(prefers-color-scheme: dark)')
    const redraw = () => plot.current?.redraw(false)
    void import('uplot').then(({ default: Plot }) => {
      if (isGone) return
      plot.current = new Plot(optionsOf(element, lines, format), latest.current, element)
      observer.observe(element)
      themes.observe(document.documentElement, { attributeFilter: ['data-theme'] })
      scheme.addEventListener('change', redraw)
    })
    return () => {
      isGone = true
      observer.disconnect()
      themes.disconnect()
      scheme.removeEventListener('change', redraw)
      plot.current?.destroy()
      plot.current = null
    }
  }, [])
  useEffect(() => {
    plot.current?.setData(latest.current)
  }, [times, lines])
  return <div ref={frame} class="plot" role="img" aria-label={`${title}, the last five minutes`} />
}

function optionsOf(
  element: HTMLElement,
  lines: readonly ChartSeries[],
  format: (value: number) => string,
): uPlot.Options {
  // What the style sheet says, as the colour that it comes to in this theme.
  const colour = (selector: string) => () => {
    const from = element.closest('.chart')?.querySelector(selector) ?? element
    return getComputedStyle(from).color
  }
  const grid = { stroke: () => `${colour('h3')()}`, width: 0.2 }
  const axis = {
    stroke: colour('h3'),
    font: '11px system-ui, sans-serif',
    grid,
    ticks: { show: false },
  }
  return {
    width: element.clientWidth,
    height: HEIGHT_PX,
    padding: [6, 28, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { range: (_plot, _min, max) => [(max ?? 0) - SPAN_SECONDS, max ?? 0] },
      y: { range: (_plot, _min, max) => [0, Math.max(1, (max ?? 0) * 1.1)] },
    },
    series: [
      {},
      ...lines.map((_line, index) => ({
        stroke: colour(`.line-${index} .swatch`),
        width: 1.5,
        ...(index > 0 && { dash: [5, 3] }),
        points: { show: false },
      })),
    ],
    axes: [
      {
        ...axis,
        size: 22,
        space: 70,
        values: (_plot, splits) =>
          splits.map((seconds) => formatTime(new Date(seconds * 1_000).toISOString()).slice(0, 8)),
      },
      {
        ...axis,
        size: 70,
        space: 34,
        incrs: WHOLE,
        values: (_plot, splits) => splits.map((value) => format(value)),
      },
    ],
  }
}

/** Nothing that is counted comes in halves. */
const WHOLE = Array.from({ length: 34 }, (_each, power) => 2 ** power)

/** Seconds that a row of the table stands for. */
const ROW_SECONDS = 5

function ChartTable({ title, times, lines, format }: ChartProps) {
  const rows = times.filter((_time, index) => (times.length - 1 - index) % ROW_SECONDS === 0)
  const averageAt = (values: readonly number[], time: number) => {
    const end = times.indexOf(time) + 1
    const part = values.slice(Math.max(0, end - ROW_SECONDS), end)
    const sum = part.reduce((total, value) => total + value, 0)
    return Math.round((10 * sum) / Math.max(1, part.length)) / 10
  }
  return (
    <div class="scroll plot" tabIndex={0} role="region" aria-label={`${title} as a table`}>
      <table aria-label={title}>
        <thead>
          <tr>
            <th scope="col">Until</th>
            {lines.map(({ label }) => (
              <th key={label} scope="col">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.toReversed().map((time) => (
            <tr key={time}>
              <th scope="row">{formatTime(new Date(time * 1_000).toISOString()).slice(0, 8)}</th>
              {lines.map(({ label, values }) => (
                <td key={label} class="number">
                  {format(averageAt(values, time))}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
