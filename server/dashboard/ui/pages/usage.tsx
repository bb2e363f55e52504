import { isLost } from '../../../../console/ui/feed.ts'
import { useEffect, useState } from 'preact/hooks'
import { Command } from '../../../../console/ui/command.tsx'
import { Failure } from '../../../../console/ui/failure.tsx'
import { count, formatBytes } from '../../../../console/ui/format.ts'
import { ListView } from '../../../../console/ui/list-view.tsx'
import { PageHeading } from '../../../../console/ui/page-heading.tsx'
import type { Column } from '../../../../console/ui/virtual-table.tsx'
import type { UsageReport, UsageRow } from '../../contract.ts'
import type { PageProps } from '../page.ts'

/** Hours of a month, as Azure's price list counts them. */
const HOURS = 730
const PRICE_KEY = 'unitPrice'
const POLL_MS = 2_000

/** Listeners as Azure bills them. Source: dashboard 2.7. */
export function UsagePage({ api, feed, location }: PageProps) {
  const [report, setReport] = useState<UsageReport | null>(null)
  const [failure, setFailure] = useState<Error | null>(null)
  const [price, setPrice] = useState(() => localStorage.getItem(PRICE_KEY) ?? '')
  const isStill = feed.waiting.value !== null || isLost(feed)
  useEffect(() => {
    if (isStill) return undefined
    let isGone = false
    const ask = () => {
      if (document.hidden) return
      api.get<UsageReport>('/usage').then(
        (answer) => {
          if (isGone) return
          setReport(answer)
          setFailure(null)
        },
        (error: Error) => {
          if (!isGone) setFailure(error)
        },
      )
    }
    ask()
    const timer = setInterval(ask, POLL_MS)
    return () => {
      isGone = true
      clearInterval(timer)
    }
  }, [api, isStill])
  const items = report?.items ?? []
  const unit = price.trim() === '' ? Number.NaN : Number(price.replace(',', '.'))
  const listeners = report?.listeners ?? 0
  return (
    <>
      <PageHeading title="Usage" />
      <p class="note">
        The emulator costs nothing; this is what Azure would count: each control channel of each
        hybrid connection is a listener. Five hybrid connections on two agents are 10.
      </p>
      <Failure failure={failure} />
      <section class="card usage" aria-label="Total and projection">
        <dl class="figures">
          <div>
            <dt>Listeners now</dt>
            <dd>{report ? listeners : '–'}</dd>
          </div>
          <div>
            <dt>Listener-hours since start</dt>
            <dd>{report ? formatHours(sum(items, 'listenerHours')) : '–'}</dd>
          </div>
          <div>
            <dt>Bytes since start</dt>
            <dd>{report ? formatBytes(sum(items, 'bytes')) : '–'}</dd>
          </div>
          <div>
            <dt>Projection for a month</dt>
            <dd data-projection>
              {Number.isFinite(unit) && unit >= 0 && report
                ? (listeners * HOURS * unit).toFixed(2)
                : '–'}
            </dd>
          </div>
        </dl>
        <label class="price">
          Price of one listener-hour
          <input
            value={price}
            inputMode="decimal"
            placeholder="0.00"
            onInput={(event) => {
              setPrice(event.currentTarget.value)
              localStorage.setItem(PRICE_KEY, event.currentTarget.value)
            }}
          />
          <span class="note">
            {count(listeners, 'listener')} x {HOURS} h x the price you type; it stays in this
            browser
          </span>
        </label>
      </section>
      <ListView
        label="Usage"
        view={{ isLoaded: report !== null, total: items.length, rows: items, error: null }}
        location={location}
        columns={COLUMNS}
        rows={items}
        rowId={nameOf}
        rowName={nameOf}
        onOpen={({ namespace, hybridConnection }) =>
          location.go(['hc', namespace, hybridConnection])
        }
        empty={
          <>
            <p>There is nothing to count yet: no hybrid connection has had a listener.</p>
            <Command text='hcm add "CONNECTION-STRING"' />
          </>
        }
      />
    </>
  )
}

function nameOf({ namespace, hybridConnection }: UsageRow): string {
  return `${namespace}/${hybridConnection}`
}

function sum(items: readonly UsageRow[], key: 'listenerHours' | 'bytes'): number {
  return items.reduce((total, row) => total + row[key], 0)
}

function formatHours(hours: number): string {
  return hours.toFixed(hours < 10 ? 3 : 1)
}

const COLUMNS: readonly Column<UsageRow>[] = [
  { key: 'name', head: 'Hybrid connection', width: 300, cell: nameOf, sortBy: nameOf },
  {
    key: 'now',
    head: 'Listeners now',
    width: 140,
    cell: ({ now }) => now,
    sortBy: ({ now }) => now,
    isNumber: true,
  },
  {
    key: 'peak',
    head: 'Peak',
    width: 100,
    cell: ({ peak }) => peak,
    sortBy: ({ peak }) => peak,
    isNumber: true,
  },
  {
    key: 'listenerHours',
    head: 'Listener-hours since start',
    width: 220,
    cell: ({ listenerHours }) => formatHours(listenerHours),
    sortBy: ({ listenerHours }) => listenerHours,
    isNumber: true,
  },
  {
    key: 'bytes',
    head: 'Bytes',
    width: 140,
    cell: ({ bytes }) => formatBytes(bytes),
    sortBy: ({ bytes }) => bytes,
    isNumber: true,
  },
]
