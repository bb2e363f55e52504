import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Api } from '../../console/ui/api.ts'
import { Dialog } from '../../console/ui/dialog.tsx'
import { downloadJsonLines } from '../../console/ui/download.ts'
import { Failure } from '../../console/ui/failure.tsx'
import type { Feed } from '../../console/ui/feed.ts'
import { formatTime } from '../../console/ui/format.ts'
import { Skeleton } from '../../console/ui/list-view.tsx'
import { useAnswer } from '../../console/ui/use-answer.ts'
import type { LogLevel, LogRow } from '../contract.ts'
import { logsOf } from './page.ts'

type LogsProps = { readonly api: Api; readonly feed: Feed; readonly onClose: () => void }

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']
const RANKS: Readonly<Record<LogLevel, number>> = {
  trace: 0,
  debug: 1,
  info: 2,
  warn: 3,
  error: 4,
  fatal: 5,
}
/** Source: dashboard 5, View Logs. */
const MAX_ROWS = 1_000

/** What the agent did, and does. */
export function LogsDialog({ api, feed, onClose }: LogsProps) {
  const [level, setLevel] = useState<LogLevel>('debug')
  const [isFollowing, setIsFollowing] = useState(true)
  const list = useRef<HTMLDivElement>(null)
  // The feed leaves rows out when there are many at once: the beginning is asked for.
  const earlier = useAnswer(() => api.get<{ items: readonly LogRow[] }>('/logs?after=0'), '')
  const later = logsOf(feed.topic('logs').value)
  const rows = useMemo(() => {
    const all = new Map<number, LogRow>()
    for (const row of [...(earlier.answer?.items ?? []), ...later]) all.set(row.n, row)
    return [...all.values()]
      .toSorted((a, b) => a.n - b.n)
      .slice(-MAX_ROWS)
      .filter((row) => RANKS[row.level] >= RANKS[level])
  }, [earlier.answer, later, level])
  useEffect(() => {
    if (isFollowing && list.current) list.current.scrollTop = list.current.scrollHeight
  }, [rows, isFollowing])
  return (
    <Dialog title="Logs" onClose={onClose}>
      <div class="tools">
        <label>
          Level{' '}
          <select
            value={level}
            onChange={(event) => setLevel(event.currentTarget.value as LogLevel)}
          >
            {LEVELS.map((each) => (
              <option key={each} value={each}>
                {each}
              </option>
            ))}
          </select>
        </label>
        <label>
          <input
            type="checkbox"
            checked={isFollowing}
            onChange={(event) => setIsFollowing(event.currentTarget.checked)}
          />{' '}
          Follow
        </label>
        <span class="count">{rows.length.toLocaleString('en')} lines</span>
        <span class="spread" />
        <button
          type="button"
          disabled={rows.length === 0}
          onClick={() => downloadJsonLines('hcm-log.jsonl', rows)}
        >
          Download
        </button>
      </div>
      <Failure failure={earlier.failure} />
      {earlier.answer || later.length > 0 ? (
        <div ref={list} class="log" role="log" aria-label="Log" aria-live="off" tabIndex={0}>
          {rows.map((row) => (
            <Line key={row.n} row={row} />
          ))}
          {rows.length === 0 && <p class="note">Nothing of this level.</p>}
        </div>
      ) : (
        <Skeleton />
      )}
      <p class="buttons">
        <button type="button" autofocus onClick={onClose}>
          Close
        </button>
      </p>
    </Dialog>
  )
}

function Line({ row: { at, level, message, fields } }: { readonly row: LogRow }) {
  const rest = Object.entries(fields)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  return (
    <div class="log-line">
      <time dateTime={at} title={at}>
        {formatTime(at)}
      </time>
      <span class={`level ${level}`}>{level}</span>
      <span class="message">
        {message} <span class="note">{rest.join(' ')}</span>
      </span>
    </div>
  )
}
