import { useState } from 'preact/hooks'
import { type Api, resource } from '../../../console/ui/api.ts'
import { useAction } from '../../../console/ui/dialog.tsx'
import { Failure } from '../../../console/ui/failure.tsx'
import { UNKNOWN } from '../../../console/ui/format.ts'
import { Skeleton } from '../../../console/ui/list-view.tsx'
import { useAnswer } from '../../../console/ui/use-answer.ts'
import { type Column, VirtualTable } from '../../../console/ui/virtual-table.tsx'
import type { AzureConnectionRow, SubscriptionRow } from '../../contract.ts'
import { toggled } from '../toggled.ts'

type ChoiceProps = {
  readonly api: Api
  /** Id of the sign-in. */
  readonly signIn: string
  readonly create: (resourceIds: readonly string[]) => Promise<void>
  readonly onClose: () => void
}

/** Subscription, then hybrid connections. */
export function Choice({ api, signIn, create, onClose }: ChoiceProps) {
  const path = resource('signIns', signIn)
  const [chosen, setChosen] = useState('')
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set())
  const subscriptions = useAnswer(
    () => api.get<{ items: readonly SubscriptionRow[] }>(`${path}/subscriptions`),
    path,
  )
  const all = subscriptions.answer?.items
  const subscription = chosen || (all?.[0]?.id ?? '')
  const action = useAction(
    () => create([...ticked]),
    () => undefined,
  )
  return (
    <>
      <Failure failure={subscriptions.failure} />
      <label class="field">
        Subscription
        <select
          value={subscription}
          onChange={(event) => {
            setTicked(new Set())
            setChosen(event.currentTarget.value)
          }}
        >
          {all?.map(({ id, name }) => (
            <option key={id} value={id}>
              {name} ({id})
            </option>
          ))}
        </select>
      </label>
      {all?.length === 0 && <p class="note">This sign-in sees no subscription.</p>}
      {subscription !== '' && (
        <Found
          key={subscription}
          api={api}
          path={`${path}/hybridConnections?subscription=${encodeURIComponent(subscription)}`}
          ticked={ticked}
          toggle={(id) => setTicked(toggled(ticked, id))}
        />
      )}
      <Failure failure={action.failure} />
      <p class="buttons">
        <button type="button" onClick={onClose}>
          Cancel
        </button>
        <button
          type="button"
          class="primary"
          disabled={ticked.size === 0 || action.isBusy}
          onClick={action.start}
        >
          {action.isBusy ? 'Creating...' : 'Create'}
        </button>
      </p>
    </>
  )
}

const COLUMNS: readonly Column<AzureConnectionRow>[] = [
  { key: 'name', head: 'Name', width: 150, cell: ({ name }) => name, sortBy: ({ name }) => name },
  {
    key: 'region',
    head: 'Region',
    width: 110,
    cell: ({ region }) => region,
    sortBy: ({ region }) => region,
  },
  {
    key: 'namespace',
    head: 'Namespace',
    width: 130,
    cell: ({ namespace }) => namespace,
    sortBy: ({ namespace }) => namespace,
  },
  {
    key: 'endpoint',
    head: 'Endpoint',
    width: 200,
    cell: (row) => refusalOf(row) ?? (row.endpoint || UNKNOWN),
    sortBy: ({ endpoint }) => endpoint || null,
  },
]

type FoundProps = {
  readonly api: Api
  readonly path: string
  readonly ticked: ReadonlySet<string>
  readonly toggle: (id: string) => void
}

function Found({ api, path, ticked, toggle }: FoundProps) {
  const { answer, failure } = useAnswer(
    () => api.get<{ items: readonly AzureConnectionRow[] }>(path),
    path,
  )
  const rows = answer?.items
  const added = rows?.filter(({ isAdded }) => isAdded).map(({ id }) => id) ?? []
  if (failure) return <Failure failure={failure} />
  if (!rows) return <Skeleton />
  if (rows.length === 0) return <p class="note">This subscription has no hybrid connection.</p>
  return (
    <VirtualTable
      label="Hybrid connections of the subscription"
      columns={COLUMNS}
      rows={rows}
      rowId={({ id }) => id}
      rowName={({ name }) => name}
      onOpen={(row) => {
        if (refusalOf(row) === undefined) toggle(row.id)
      }}
      ticks={{
        ids: new Set([...ticked, ...added]),
        toggle: ({ id }) => toggle(id),
        refusal: refusalOf,
      }}
    />
  )
}

/** Why a row cannot be chosen. */
function refusalOf({ isAdded, missingAction }: AzureConnectionRow): string | undefined {
  if (isAdded) return 'Already added'
  return missingAction === null ? undefined : `Not allowed: ${missingAction} is missing`
}
