import { isLost } from '../../../../../console/ui/feed.ts'
import { useState } from 'preact/hooks'
import { resource } from '../../../../../console/ui/api.ts'
import { Confirm } from '../../../../../console/ui/dialog.tsx'
import { count } from '../../../../../console/ui/format.ts'
import { Panel } from '../../../../../console/ui/panel.tsx'
import type { RuleKeys } from '../../../contract.ts'
import type { PageProps } from '../../page.ts'
import { keysOf } from './connection-strings.tsx'
import { ChangeClaims } from './create-policy.tsx'
import { namespaceNamed, partsOf, type RuleFacts } from './entities.ts'
import { Secret } from './secret.tsx'
import { TokenGenerator } from './token-generator.tsx'

type PanelProps = {
  readonly page: PageProps
  readonly rule: RuleFacts
  readonly onClose: () => void
}

type Asking = 'claims' | 'delete' | 'PrimaryKey' | 'SecondaryKey'

/** One policy: its keys on demand, tokens, and what can be done with it. Source: dashboard 2.2. */
export function PolicyPanel({ page, rule, onClose }: PanelProps) {
  const { api, feed } = page
  const [asking, setAsking] = useState<Asking | null>(null)
  /** A new one after each regeneration, so that no key of before stays on the page. */
  const [keyRound, setKeyRound] = useState(0)
  const hosts = namespaceNamed(feed.topic('entities').value, rule.namespace)?.hosts ?? []
  const close = () => setAsking(null)
  return (
    <Panel
      title={`Policy ${rule.name}`}
      onClose={onClose}
      tools={
        <>
          <button type="button" disabled={isLost(feed)} onClick={() => setAsking('claims')}>
            Change claims
          </button>
          <button
            type="button"
            class="danger"
            disabled={isLost(feed)}
            onClick={() => setAsking('delete')}
          >
            Delete
          </button>
        </>
      }
    >
      <p>
        {rule.rights.join(', ')}; used by {count(rule.liveListeners, 'live listener')}
      </p>
      {secretsOf(hosts).map(({ label, pick }) => (
        <Secret
          key={`${label} ${keyRound}`}
          label={label}
          isDisabled={isLost(feed)}
          read={async () => pick(await keysOf(api, rule))}
        />
      ))}
      <div class="tools">
        <button type="button" disabled={isLost(feed)} onClick={() => setAsking('PrimaryKey')}>
          Regenerate primary key
        </button>
        <button type="button" disabled={isLost(feed)} onClick={() => setAsking('SecondaryKey')}>
          Regenerate secondary key
        </button>
      </div>
      <TokenGenerator page={page} rule={rule} />
      {asking === 'claims' && <ChangeClaims page={page} rule={rule} onClose={close} />}
      {asking === 'delete' && (
        <DeletePolicy page={page} rule={rule} onClose={close} onDeleted={onClose} />
      )}
      {(asking === 'PrimaryKey' || asking === 'SecondaryKey') && (
        <Regenerate
          page={page}
          rule={rule}
          keyType={asking}
          onClose={close}
          onDone={() => setKeyRound((round) => round + 1)}
        />
      )}
    </Panel>
  )
}

type SecretField = { readonly label: string; readonly pick: (keys: RuleKeys) => string }

function secretsOf(hosts: readonly string[]): readonly SecretField[] {
  return [
    { label: 'Primary key', pick: ({ primaryKey }) => primaryKey },
    { label: 'Secondary key', pick: ({ secondaryKey }) => secondaryKey },
    {
      label: 'Primary connection string',
      pick: ({ primaryConnectionString }) => primaryConnectionString,
    },
    {
      label: 'Secondary connection string',
      pick: ({ secondaryConnectionString }) => secondaryConnectionString,
    },
    { label: 'Primary connection string, as in Azure', pick: ({ gateway }) => gateway.azure },
    ...hosts.map((host, index) => ({
      label: `Primary connection string, ${host}`,
      pick: ({ gateway }: RuleKeys) => gateway.configured[index] ?? '',
    })),
  ]
}

type RegenerateProps = PanelProps & {
  readonly keyType: 'PrimaryKey' | 'SecondaryKey'
  readonly onDone: () => void
}

function Regenerate({ page, rule, keyType, onClose, onDone }: RegenerateProps) {
  const word = keyType === 'PrimaryKey' ? 'primary' : 'secondary'
  const stay =
    rule.liveListeners === 1
      ? '1 listener stays until its next renewal.'
      : `${rule.liveListeners} listeners stay until their next renewal.`
  return (
    <Confirm
      title={`Regenerate the ${word} key of ${rule.name}?`}
      consequence={`New tokens signed with the old key fail at once.${rule.liveListeners > 0 ? ` ${stay}` : ''}`}
      action={`Regenerate ${word} key`}
      run={async () => {
        const path = resource(...partsOf(rule), 'authorizationRules', rule.name, 'regenerateKeys')
        await page.api.post(path, { keyType })
        page.announcer.say(`The ${word} key of ${rule.name} is a new one`)
        onDone()
      }}
      onClose={onClose}
    />
  )
}

type DeleteProps = PanelProps & { readonly onDeleted: () => void }

function DeletePolicy({ page, rule, onClose, onDeleted }: DeleteProps) {
  const { name, liveListeners } = rule
  return (
    <Confirm
      title={`Delete policy ${name}?`}
      consequence={`Its keys go for good and tokens they signed fail at once. ${count(liveListeners, 'live listener')} used it.`}
      action="Delete"
      run={async () => {
        await page.api.delete(resource(...partsOf(rule), 'authorizationRules', name))
        page.announcer.say(`Policy ${name} was deleted`)
        onDeleted()
      }}
      onClose={onClose}
    />
  )
}
