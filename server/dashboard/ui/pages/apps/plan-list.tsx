import { isLost } from '../../../../../console/ui/feed.ts'
import { useEffect, useState } from 'preact/hooks'
import { resource } from '../../../../../console/ui/api.ts'
import { Command } from '../../../../../console/ui/command.tsx'
import { Confirm, useAction } from '../../../../../console/ui/dialog.tsx'
import { Failure } from '../../../../../console/ui/failure.tsx'
import { ListView } from '../../../../../console/ui/list-view.tsx'
import { PageHeading } from '../../../../../console/ui/page-heading.tsx'
import { StateIcon } from '../../../../../console/ui/state-icon.tsx'
import type { Column } from '../../../../../console/ui/virtual-table.tsx'
import type { PlanRow } from '../../../contract.ts'
import type { PageProps } from '../../page.ts'
import { overviewOf, plansOf } from '../../rows.ts'
import { systemName } from './app-names.ts'
import { CreatePlan } from './create-plan.tsx'
import { SubNavigation } from './sub-navigation.tsx'

const PROFILES = ['2017', '2023', '2025']

/** Plans, how much of their allowance is used, and what another year's limits would make of it. */
export function PlanList(page: PageProps) {
  const { feed, location, api, announcer } = page
  const view = feed.topic('entities').value
  const inForce = overviewOf(feed.topic('overview').value)?.profile ?? ''
  const live = plansOf(view)
  const [profile, setProfile] = useState<string | null>(null)
  const [trial, setTrial] = useState<readonly PlanRow[] | null>(null)
  const [selected, setSelected] = useState<string | null>(null)
  const [dialog, setDialog] = useState<'create' | PlanRow | null>(null)
  const isTrial = profile !== null && profile !== inForce
  useEffect(() => {
    if (!isTrial) return setTrial(null)
    let isGone = false
    api.get<{ items: readonly PlanRow[] }>(`/plans?profile=${profile}&limit=10000`).then(
      ({ items }) => {
        if (!isGone) setTrial(items)
      },
      () => setTrial(null),
    )
    return () => {
      isGone = true
    }
  }, [api, isTrial, profile, view])
  const apply = useAction(
    async () => {
      await api.patch('/settings', { profile })
      announcer.say(`The limits of ${profile} are in force until the next start`)
    },
    () => setProfile(null),
  )
  const rows = isTrial ? (trial ?? live) : live
  const over = rows.filter(isOver)
  const shown = rows.find((row) => idOf(row) === selected)
  const isLive = !isLost(feed)
  return (
    <>
      <PageHeading title="Plans">
        <SubNavigation current="plans" />
      </PageHeading>
      {isTrial && (
        <p class="banner calm" role="status">
          With the limits of {profile}{' '}
          {over.length === 0
            ? 'no plan would be over its limit.'
            : `${over.map(({ plan }) => plan).join(', ')} would be over the limit.`}{' '}
          <button type="button" disabled={apply.isBusy || !isLive} onClick={apply.start}>
            Use {profile} until restart
          </button>
        </p>
      )}
      <Failure failure={apply.failure} />
      <div class={shown ? 'columns' : ''}>
        <ListView
          label="Plans"
          view={{ ...view, rows, total: rows.length }}
          location={location}
          columns={COLUMNS}
          rows={rows}
          rowId={idOf}
          rowName={({ plan }) => plan}
          selected={selected}
          onOpen={(row) => setSelected(idOf(row))}
          menu={(row) => [
            { label: 'Which apps use what', run: () => setSelected(idOf(row)) },
            {
              label: 'Delete',
              run: () => setDialog(row),
              ...(row.apps.length > 0 && { disabledBecause: 'it has apps' }),
            },
          ]}
          tools={
            <>
              <label>
                Limits of{' '}
                <select
                  value={profile ?? inForce}
                  onChange={(event) => setProfile(event.currentTarget.value)}
                >
                  {PROFILES.map((each) => (
                    <option key={each} value={each}>
                      {each}
                      {each === inForce ? ' (in force)' : ''}
                    </option>
                  ))}
                </select>
              </label>
              <button
                type="button"
                class="primary"
                disabled={!isLive}
                onClick={() => setDialog('create')}
              >
                Create plan
              </button>
            </>
          }
          empty={
            <>
              <p>There is no plan yet. Create one here, or by the Azure CLI:</p>
              <p>
                <Command text="relay-emulator az -- appservice plan create --name plan1 --resource-group relay-emulator --sku S1" />
              </p>
              <p>
                <Command text="relay-emulator az -- webapp create --name web --plan plan1 --resource-group relay-emulator" />
              </p>
            </>
          }
        />
        {shown && <PlanPanel plan={shown} onClose={() => setSelected(null)} />}
      </div>
      {dialog === 'create' && <CreatePlan page={page} onClose={() => setDialog(null)} />}
      {dialog !== null && dialog !== 'create' && (
        <Confirm
          title={`Delete plan ${dialog.plan}`}
          consequence="The plan has no apps; nothing else is deleted with it."
          action="Delete"
          run={async () => {
            await api.delete(resource('plans', dialog.group, dialog.plan))
            announcer.say(`Plan ${dialog.plan} was deleted`)
          }}
          onClose={() => setDialog(null)}
        />
      )}
    </>
  )
}

/** Which apps use which hybrid connection. */
function PlanPanel({ plan, onClose }: { readonly plan: PlanRow; readonly onClose: () => void }) {
  return (
    <aside class="panel" aria-label={`Plan ${plan.plan}`}>
      <div class="heading">
        <h2>{plan.plan}</h2>
        <span class="spread" />
        <button type="button" class="quiet" onClick={onClose}>
          Close
        </button>
      </div>
      <dl class="facts">
        <div>
          <dt>Resource group</dt>
          <dd>{plan.group}</dd>
        </div>
        <div>
          <dt>Tier</dt>
          <dd>{plan.tier}</dd>
        </div>
        <div>
          <dt>Apps</dt>
          <dd>{plan.apps.join(', ') || 'none'}</dd>
        </div>
      </dl>
      <h3>Hybrid connections</h3>
      {plan.hybridConnections.length === 0 ? (
        <p class="note">None is used by an app of this plan.</p>
      ) : (
        <dl class="facts">
          {plan.hybridConnections.map(({ namespace, name, apps }) => (
            <div key={`${namespace}/${name}`}>
              <dt>
                {namespace}/{name}
              </dt>
              <dd>{apps.join(', ')}</dd>
            </div>
          ))}
        </dl>
      )}
    </aside>
  )
}

function idOf({ group, plan }: PlanRow): string {
  return `${group}/${plan}`
}

function isOver({ used, limit }: PlanRow): boolean {
  return used > limit
}

const COLUMNS: readonly Column<PlanRow>[] = [
  { key: 'plan', head: 'Plan', width: 180, cell: ({ plan }) => plan, sortBy: ({ plan }) => plan },
  { key: 'sku', head: 'SKU', width: 80, cell: ({ sku }) => sku, sortBy: ({ sku }) => sku },
  {
    key: 'location',
    head: 'Location',
    width: 140,
    cell: ({ location }) => location,
    sortBy: ({ location }) => location,
  },
  {
    key: 'os',
    head: 'OS',
    width: 150,
    cell: ({ os }) => systemName(os),
    sortBy: ({ os }) => systemName(os),
  },
  {
    key: 'apps',
    head: 'Apps',
    width: 80,
    cell: ({ apps }) => apps.length,
    sortBy: ({ apps }) => apps.length,
    isNumber: true,
  },
  {
    key: 'used',
    head: 'Used',
    width: 260,
    cell: (row) => {
      const { used, limit, limitPer } = row
      if (limit === 0 && used === 0) return 'not available'
      const text = `${used} of ${limit} per ${limitPer}`
      if (!isOver(row)) return text
      return <StateIcon tone="bad" word={`${text}, ${used - limit} over`} />
    },
    sortBy: ({ used, limit }) => used / Math.max(1, limit),
  },
]
