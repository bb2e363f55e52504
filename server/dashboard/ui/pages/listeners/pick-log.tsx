import { useEffect, useRef, useState } from 'preact/hooks'
import { type Api, resource } from '../../../../../console/ui/api.ts'
import { Failure } from '../../../../../console/ui/failure.tsx'
import { formatTime } from '../../../../../console/ui/format.ts'
import { formatRoute } from '../../../../../console/ui/route.ts'
import type { PickRow } from '../../../contract.ts'

type Picks = { readonly seed: number; readonly items: readonly PickRow[] }

/** At most so often the log is asked for while choices are made, ms. */
const REFRESH_MS = 1_000

/** Who was chosen among whom. `revision` grows with every choice. Source: dashboard 2.3. */
export function PickLog({
  api,
  id,
  revision,
}: {
  readonly api: Api
  readonly id: string
  readonly revision: number
}) {
  const [picks, setPicks] = useState<Picks | null>(null)
  const [failure, setFailure] = useState<Error | null>(null)
  const wanted = useRef(revision)
  wanted.current = revision
  useEffect(() => {
    let isCurrent = true
    let loaded: number | null = null
    const load = () => {
      if (loaded === wanted.current) return
      loaded = wanted.current
      api.get<Picks>(`${resource('listeners', id)}/picks`).then(
        (answer) => {
          if (isCurrent) setPicks(answer)
        },
        (error: Error) => {
          if (isCurrent) setFailure(error)
        },
      )
    }
    load()
    const timer = setInterval(load, REFRESH_MS)
    return () => {
      isCurrent = false
      clearInterval(timer)
    }
  }, [api, id])
  if (failure) return <Failure failure={failure} />
  if (!picks) return null
  if (picks.items.length === 0)
    return <p class="note">Nothing was offered yet. Seed {picks.seed}.</p>
  const chosen = picks.items.filter((pick) => pick.chosen.id === id).length
  return (
    <details>
      <summary>
        Seed {picks.seed}: chosen in {chosen} of the last {picks.items.length}
      </summary>
      <div class="scroll" tabIndex={0} role="region" aria-label="Picks">
        <table>
          <thead>
            <tr>
              <th scope="col">No.</th>
              <th scope="col">Time</th>
              <th scope="col">Chosen</th>
              <th scope="col">Candidates</th>
              <th scope="col">Filter</th>
              <th scope="col">For</th>
            </tr>
          </thead>
          <tbody>
            {picks.items.map((pick) => (
              <tr key={pick.n}>
                <td>{pick.n}</td>
                <td title={pick.at}>{formatTime(pick.at)}</td>
                <td>{pick.chosen.label}</td>
                <td>{pick.candidates.map(nameOf).join(', ')}</td>
                <td>{filterText(pick)}</td>
                <td>{pick.ref && <a href={routeOf(pick.ref)}>{pick.ref}</a>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  )
}

function nameOf({ id, label }: { readonly id: string; readonly label: string }): string {
  return `${label} (${id})`
}

function filterText({ allowed, disallowed }: PickRow): string {
  const parts = [
    allowed && `only ${allowed.join(', ')}`,
    disallowed.length > 0 && `not ${disallowed.join(', ')}`,
  ]
  return parts.filter(Boolean).join('; ') || 'none'
}

function routeOf(ref: string): string {
  return formatRoute([ref.startsWith('x_') ? 'requests' : 'connections'], { id: ref })
}
