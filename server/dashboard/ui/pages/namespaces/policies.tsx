import { isLost } from '../../../../../console/ui/feed.ts'
import { useState } from 'preact/hooks'
import { Command } from '../../../../../console/ui/command.tsx'
import { StateIcon } from '../../../../../console/ui/state-icon.tsx'
import { type Column, VirtualTable } from '../../../../../console/ui/virtual-table.tsx'
import type { BladeProps } from './blade.tsx'
import { CreatePolicy } from './create-policy.tsx'
import { isSame, type RuleFacts, rulesAt, type Scope } from './entities.ts'
import { ExplainToken } from './explain-token.tsx'
import { PolicyPanel } from './policy-panel.tsx'

/** Policies of a namespace or a hybrid connection at most. Source: relay-protocol 8.1. */
const MAX_POLICIES = 12

/** Shared access policies of a namespace or of a hybrid connection; the chosen one is in the URL. */
export function Policies(props: BladeProps) {
  const { feed, location, scope, entity } = props
  const rules = rulesAt(feed.topic('entities').value, scope)
  const asked = location.route.value.query['rule'] ?? ''
  const chosen = rules.find(({ name }) => isSame(name, asked))
  const [isCreating, setIsCreating] = useState(false)
  const isFull = rules.length >= MAX_POLICIES
  return (
    <>
      <div class="tools">
        <button
          type="button"
          class="primary"
          disabled={isLost(feed) || isFull}
          onClick={() => setIsCreating(true)}
        >
          Add policy
        </button>
        <span class="count">
          {rules.length} of {MAX_POLICIES}
        </span>
        {isFull && <StateIcon tone="warning" word="no further policy is possible" />}
      </div>
      <div class={chosen ? 'columns' : ''}>
        <div>
          {rules.length === 0 ? (
            <div class="empty">
              <p>
                {entity?.name} has no policy of its own; those of the namespace hold for it too.
              </p>
              <Command text={createCommand(scope)} />
            </div>
          ) : (
            <VirtualTable
              label="Shared access policies"
              columns={COLUMNS}
              rows={rules}
              rowId={({ name }) => name}
              rowName={({ name }) => name}
              selected={chosen?.name ?? null}
              onOpen={({ name }) => location.setQuery('rule', name)}
            />
          )}
          <ExplainToken {...props} />
        </div>
        {chosen && (
          <PolicyPanel
            key={chosen.name}
            page={props}
            rule={chosen}
            onClose={() => location.setQuery('rule', '')}
          />
        )}
      </div>
      {isCreating && (
        <CreatePolicy
          page={props}
          scope={scope}
          taken={rules.map(({ name }) => name)}
          onClose={() => setIsCreating(false)}
        />
      )}
    </>
  )
}

/** The same with Azure's command line, in the group that namespaces are in unless they say otherwise. */
function createCommand({ namespace, hybridConnection }: Scope): string {
  return `az relay hyco authorization-rule create -g relay-emulator --namespace-name ${namespace} --hybrid-connection-name ${hybridConnection} -n defaultSender --rights Send`
}

const claim = (right: 'Listen' | 'Send' | 'Manage'): Column<RuleFacts> => ({
  key: right,
  head: right,
  width: 90,
  cell: ({ rights }) => (rights.includes(right) ? <StateIcon tone="good" word="yes" /> : 'no'),
  sortBy: ({ rights }) => Number(rights.includes(right)),
})

const COLUMNS: readonly Column<RuleFacts>[] = [
  {
    key: 'name',
    head: 'Policy',
    width: 240,
    cell: ({ name }) => name,
    sortBy: ({ name }) => name,
  },
  claim('Listen'),
  claim('Send'),
  claim('Manage'),
  {
    key: 'listeners',
    head: 'Live listeners',
    width: 110,
    cell: ({ liveListeners }) => liveListeners,
    sortBy: ({ liveListeners }) => liveListeners,
    isNumber: true,
  },
]
