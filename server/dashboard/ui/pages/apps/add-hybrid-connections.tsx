import { useEffect, useState } from 'preact/hooks'
import { Dialog, useAction } from '../../../../../console/ui/dialog.tsx'
import { Failure } from '../../../../../console/ui/failure.tsx'
import { count } from '../../../../../console/ui/format.ts'
import { Skeleton } from '../../../../../console/ui/list-view.tsx'
import { StateIcon } from '../../../../../console/ui/state-icon.tsx'
import { type Column, VirtualTable } from '../../../../../console/ui/virtual-table.tsx'
import type { AppRow, CandidateRow } from '../../../contract.ts'
import type { PageProps } from '../../page.ts'
import { appPath, attachmentPath, labelOf } from './app-names.ts'

type AddProps = {
  readonly page: PageProps
  readonly app: AppRow
  /** Object id of whose rights hold; empty for no check. */
  readonly principal: string
  readonly onClose: () => void
}

/** Adds some of those that exist; what App Service would not list stands below with the reason. */
export function AddHybridConnections({ page, app, principal, onClose }: AddProps) {
  const { api, announcer } = page
  const [candidates, setCandidates] = useState<readonly CandidateRow[] | null>(null)
  const [refusal, setRefusal] = useState<Error | null>(null)
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set())
  const [failures, setFailures] = useState<readonly { name: string; error: Error }[]>([])
  const attached = app.hybridConnections.length
  useEffect(() => {
    let isGone = false
    const path = appPath(app, 'candidates')
    const query = new URLSearchParams({
      limit: '10000',
      ...(principal !== '' && { as: principal }),
    })
    api
      .get<{ items: readonly CandidateRow[] }>(`${path}${path.includes('?') ? '&' : '?'}${query}`)
      .then(
        ({ items }) => {
          if (!isGone) setCandidates(items)
        },
        (error: Error) => {
          if (!isGone) setRefusal(error)
        },
      )
    return () => {
      isGone = true
    }
  }, [api, app.app, app.slot, attached, principal])
  const eligible = (candidates ?? []).filter((row) => refusalsOf(row).length === 0)
  const others = (candidates ?? []).filter((row) => refusalsOf(row).length > 0)
  const chosen = eligible.filter((row) => ticked.has(idOf(row)))
  const { isBusy, start } = useAction(
    async () => {
      const failed: { name: string; error: Error }[] = []
      for (const row of chosen) {
        // One after the other: each counts for the plan's limit.
        await api.put(attachmentPath(app, row)).catch((error: Error) => {
          failed.push({ name: row.name, error })
        })
      }
      setFailures(failed)
      setTicked(new Set())
      const added = chosen.length - failed.length
      if (added > 0) announcer.say(`${count(added, 'hybrid connection')} added to ${labelOf(app)}`)
      if (failed.length === 0) onClose()
    },
    () => {},
  )
  return (
    <Dialog title={`Add hybrid connection to ${labelOf(app)}`} onClose={onClose}>
      <form
        class="wide-form"
        onSubmit={(event) => {
          event.preventDefault()
          if (chosen.length > 0) start()
        }}
      >
        <Failure failure={refusal} />
        {candidates === null && refusal === null && <Skeleton />}
        {candidates !== null &&
          (eligible.length === 0 ? (
            <p class="empty">No hybrid connection can be added to this app.</p>
          ) : (
            <VirtualTable
              label="Hybrid connections that can be added"
              columns={COLUMNS}
              rows={eligible}
              rowId={idOf}
              rowName={({ name }) => name}
              onOpen={(row) => setTicked(toggled(ticked, idOf(row)))}
              ticks={{
                ids: ticked,
                toggle: (row) => setTicked(toggled(ticked, idOf(row))),
              }}
            />
          ))}
        {chosen.some(({ isOtherRegion }) => isOtherRegion) && (
          <p class="state warning" role="status">
            <span aria-hidden="true">!</span> Another region than the app's ({app.location}): each
            connection crosses regions.
          </p>
        )}
        {others.length > 0 && <NotEligible rows={others} />}
        {failures.map(({ name, error }) => (
          <section key={name} aria-label={`${name} was not added`}>
            <p>{name} was not added:</p>
            <Failure failure={error} />
          </section>
        ))}
        <p class="buttons">
          <button type="button" onClick={onClose}>
            {failures.length > 0 ? 'Close' : 'Cancel'}
          </button>
          <button type="submit" class="primary" disabled={isBusy || chosen.length === 0}>
            {isBusy ? 'Working...' : 'Add selected Hybrid Connection'}
          </button>
        </p>
      </form>
    </Dialog>
  )
}

function NotEligible({ rows }: { readonly rows: readonly CandidateRow[] }) {
  return (
    <details open={rows.length <= OPEN_UP_TO}>
      <summary>Not eligible ({rows.length})</summary>
      <div class="scroll" tabIndex={0} role="region" aria-label="Not eligible">
        <table aria-label="Hybrid connections that cannot be added">
          <thead>
            <tr>
              <th scope="col">
                <span class="unseen">Ticked</span>
              </th>
              <th scope="col">Name</th>
              <th scope="col">Endpoint</th>
              <th scope="col">Why not</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={idOf(row)}>
                <td>
                  <input type="checkbox" disabled aria-label={`Select ${row.name}`} />
                </td>
                <th scope="row">{idOf(row)}</th>
                <td>{placeOf(row)}</td>
                <td class="wrap">
                  {refusalsOf(row).map((reason) => (
                    <div key={reason}>{reason}</div>
                  ))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  )
}

/** More of them stay folded until somebody asks. */
const OPEN_UP_TO = 8

/** Why a row cannot be ticked; empty when it can. */
function refusalsOf({ isAttached, reasons, missingActions }: CandidateRow): readonly string[] {
  return [
    ...(isAttached ? ['It is on this app already.'] : []),
    ...reasons,
    ...missingActions.map((action) => `Missing action: ${action}`),
  ]
}

function idOf({ namespace, name }: CandidateRow): string {
  return `${namespace}/${name}`
}

function placeOf({ endpoint }: CandidateRow): string {
  return endpoint ? `${endpoint.host}:${endpoint.port}` : '–'
}

function toggled(ids: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(ids)
  if (!next.delete(id)) next.add(id)
  return next
}

const COLUMNS: readonly Column<CandidateRow>[] = [
  { key: 'name', head: 'Name', width: 170, cell: ({ name }) => name, sortBy: ({ name }) => name },
  { key: 'endpoint', head: 'Endpoint', width: 220, cell: placeOf, sortBy: placeOf },
  {
    key: 'namespace',
    head: 'Namespace',
    width: 140,
    cell: ({ namespace }) => namespace,
    sortBy: ({ namespace }) => namespace,
  },
  {
    key: 'location',
    head: 'Location',
    width: 160,
    cell: ({ location, isOtherRegion }) =>
      isOtherRegion ? <StateIcon tone="warning" word={location} /> : location,
    sortBy: ({ location }) => location,
  },
  {
    key: 'status',
    head: 'Status',
    width: 150,
    cell: ({ status }) => (
      <StateIcon tone={status === 'Connected' ? 'good' : 'calm'} word={status} />
    ),
    sortBy: ({ status }) => status,
  },
]
