import { isLost } from '../../../../../console/ui/feed.ts'
import { count } from '../../../../../console/ui/format.ts'
import { formatRoute } from '../../../../../console/ui/route.ts'
import { StateIcon } from '../../../../../console/ui/state-icon.tsx'
import type { AppConnectionRow, AppRow, PlanRow } from '../../../contract.ts'
import type { PageProps } from '../../page.ts'
import { namespacesOf } from '../../rows.ts'
import { keysOf } from '../namespaces/connection-strings.tsx'
import { rulesAt } from '../namespaces/entities.ts'
import { Secret } from '../namespaces/secret.tsx'
import { isPair, isSame } from './app-names.ts'

type PanelProps = {
  readonly page: PageProps
  readonly app: AppRow
  readonly row: AppConnectionRow
  readonly plan: PlanRow | undefined
  readonly onClose: () => void
}

/** All about one hybrid connection of an app. Source: dashboard 2.6. */
export function AttachedPanel({ page, row, plan, onClose }: PanelProps) {
  const { api, feed } = page
  const view = feed.topic('entities').value
  const namespace = namespacesOf(view).find(({ name }) => isSame(name, row.namespace))
  const others = (plan?.hybridConnections.find((each) => isPair(each, row))?.apps.length ?? 1) - 1
  const scope = { namespace: row.namespace, hybridConnection: row.name }
  const rule =
    rulesAt(view, scope).find(({ name }) => name === 'defaultListener') ??
    rulesAt(view, scope).find(({ rights }) => rights.includes('Listen'))
  const facts = [
    ['Status', <StateIcon tone={row.status === 'Connected' ? 'good' : 'calm'} word={row.status} />],
    ['Endpoint', `${row.host}:${row.port}`],
    [
      'Namespace',
      <a href={formatRoute(['hc', row.namespace, row.name])}>
        {row.namespace}/{row.name}
      </a>,
    ],
    ['Location', namespace?.location ?? '–'],
    ['Service Bus endpoint URL', `https://${row.namespace}.servicebus.windows.net:443/`],
    ['Send key', `${row.keyName || 'none'}, ${KEY_WORDS[row.key]}`],
    ['Used by', `${count(others, 'other app')} in this plan`],
  ] as const
  return (
    <aside class="panel" aria-label={`Details: ${row.name}`}>
      <div class="heading">
        <h2>{row.name}</h2>
        <span class="spread" />
        <button type="button" class="quiet" onClick={onClose}>
          Close
        </button>
      </div>
      <dl class="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <h3>Gateway connection string</h3>
      {rule ? (
        <>
          <Secret
            label="as in Azure"
            read={async () => (await keysOf(api, rule)).gateway.azure}
            isDisabled={isLost(feed)}
          />
          <Secret
            label="for this emulator"
            read={async () => (await keysOf(api, rule)).gateway.local}
            isDisabled={isLost(feed)}
          />
        </>
      ) : (
        <p class="note">No policy of it may listen.</p>
      )}
    </aside>
  )
}

const KEY_WORDS = {
  primary: 'primary key',
  secondary: 'secondary key',
  missing: 'no key',
  stale: 'a key that no longer signs',
} as const
