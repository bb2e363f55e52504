import type { ConnectionRow, ExchangeRow } from '../../../contract.ts'
import { acceptsPerSlot, SLOT_MS } from './accept-slots.ts'

type AcceptChartProps = {
  readonly connections: readonly ConnectionRow[]
  readonly exchanges: readonly ExchangeRow[]
  readonly nowMs: number
}

/** Accepts of the last five minutes, of connections and requests that are still listed. */
export function AcceptChart({ connections, exchanges, nowMs }: AcceptChartProps) {
  const times = [
    ...connections.map((row) => timeOf(row.startedAt, row.acceptedMs)),
    ...exchanges.map((row) => timeOf(row.startedAt, row.headMs)),
  ]
  const slots = acceptsPerSlot(times, nowMs)
  const most = Math.max(...slots.map(({ count }) => count), 1)
  const total = slots.reduce((sum, { count }) => sum + count, 0)
  return (
    <>
      <div class="bars" role="img" aria-label={`${total} accepts in the last 5 minutes`}>
        {slots.map(({ endMs, count }) => (
          <span key={endMs} style={{ height: `${(100 * count) / most}%` }} />
        ))}
      </div>
      <details>
        <summary>Show as table</summary>
        <table>
          <thead>
            <tr>
              <th scope="col">Until</th>
              <th scope="col">Accepts in {SLOT_MS / 1_000} s</th>
            </tr>
          </thead>
          <tbody>
            {slots
              .filter(({ count }) => count > 0)
              .map(({ endMs, count }) => (
                <tr key={endMs}>
                  <td>{new Date(endMs).toLocaleTimeString()}</td>
                  <td>{count}</td>
                </tr>
              ))}
          </tbody>
        </table>
      </details>
    </>
  )
}

function timeOf(startedAt: string, ms: number | null): number | null {
  return ms === null ? null : Date.parse(startedAt) + ms
}
