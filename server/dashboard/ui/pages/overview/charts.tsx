import { useEffect, useState } from 'preact/hooks'
import type { Api } from '../../../../../console/ui/api.ts'
import { formatRate } from '../../../../../console/ui/format.ts'
import { Chart, type ChartSeries } from './chart.tsx'

type Series = {
  readonly end: string
  readonly stepMs: number
  readonly series: Readonly<Record<string, readonly number[]>>
}

type ChartKind = {
  readonly title: string
  readonly lines: readonly { readonly name: string; readonly label: string }[]
  readonly format: (value: number) => string
}

const CHARTS: readonly ChartKind[] = [
  {
    title: 'Bytes',
    lines: [
      { name: 'bytesToSender', label: 'to senders' },
      { name: 'bytesToListener', label: 'to listeners' },
    ],
    format: formatRate,
  },
  {
    title: 'Connects and refusals',
    lines: [
      { name: 'connects', label: 'connects' },
      { name: 'refusals', label: 'refusals' },
    ],
    format: (value) => `${value}/s`,
  },
  {
    title: 'Tunnels and listeners',
    lines: [
      { name: 'open', label: 'open tunnels' },
      { name: 'listeners', label: 'listeners' },
    ],
    format: String,
  },
]

/** The last five minutes. Asked for once a second, and not at all while nobody looks. Source: dashboard 2.1. */
export function Charts({ api, isPaused }: { readonly api: Api; readonly isPaused: boolean }) {
  const [series, setSeries] = useState<Series | null>(null)
  useEffect(() => {
    if (isPaused) return undefined
    let isGone = false
    const ask = () => {
      if (document.hidden) return
      api.get<Series>('/series').then(
        (answer) => {
          if (!isGone) setSeries(answer)
        },
        () => {}, // The feed's banner says that the server is away.
      )
    }
    ask()
    const timer = setInterval(ask, POLL_MS)
    return () => {
      isGone = true
      clearInterval(timer)
    }
  }, [api, isPaused])
  return (
    <div class="charts">
      {CHARTS.map(({ title, lines, format }) => (
        <Chart
          key={title}
          title={title}
          times={series ? timesOf(series) : []}
          lines={lines.map(({ name, label }): ChartSeries => ({
            label,
            values: series?.series[name] ?? [],
          }))}
          format={format}
        />
      ))}
    </div>
  )
}

const POLL_MS = 1_000
/** Samples that the server keeps. */
const SAMPLES = 300

/** Unix seconds of the samples, and of the time before the first one so that the axis always spans five minutes. */
function timesOf({ end, stepMs, series }: Series): readonly number[] {
  const endSeconds = Date.parse(end) / 1_000
  const length = Math.max(0, ...Object.values(series).map(({ length: count }) => count))
  return Array.from(
    { length: Math.min(length, SAMPLES) },
    (_each, index) => endSeconds - (length - 1 - index) * (stepMs / 1_000),
  )
}
