import { isLost } from '../../../../../console/ui/feed.ts'
import { useEffect, useState } from 'preact/hooks'
import { resource } from '../../../../../console/ui/api.ts'
import { Failure } from '../../../../../console/ui/failure.tsx'
import { Skeleton } from '../../../../../console/ui/list-view.tsx'
import { useAnswer } from '../../../../../console/ui/use-answer.ts'
import type { NetworkRules } from '../../../contract.ts'
import { listenersOf } from '../../rows.ts'
import type { BladeProps } from './blade.tsx'
import { isSame } from './entities.ts'
import { IpRuleTable } from './ip-rule-table.tsx'
import { type Draft, draftOf, isSameDraft, isUnchanged } from './network-draft.ts'
import { SaveNetworkRules } from './save-network-rules.tsx'
import { TestAddress } from './test-address.tsx'

const HITS_EVERY_MS = 2_000

/** Who may reach a namespace by address. Source: dashboard 2.2, Networking. */
export function Networking(props: BladeProps) {
  const { api, feed, namespace } = props
  const path = resource('namespaces', namespace.name, 'networkRules')
  const { answer, failure, again } = useAnswer(
    () => api.get<NetworkRules>(path),
    path,
    HITS_EVERY_MS,
  )
  const [base, setBase] = useState<Draft | null>(null)
  const [draft, setDraft] = useState<Draft | null>(null)
  useEffect(() => {
    if (!answer) return
    const stored = draftOf(answer)
    // What was not touched here follows what is stored.
    if (draft === null || base === null || isSameDraft(draft, base)) setDraft(stored)
    setBase(stored)
  }, [answer])
  if (!answer || !draft || !base) {
    return failure ? <Failure failure={failure} /> : <Skeleton />
  }
  const listeners = listenersOf(feed.topic('listeners').value).filter(
    (row) => row.ended === null && isSame(row.namespace, namespace.name),
  )
  return (
    <>
      <Failure failure={failure} />
      <section class="card" aria-label="Network rules">
        <div class="field-row">
          <label class="field">
            Public network access
            <select
              value={draft.publicNetworkAccess}
              onChange={(event) =>
                setDraft({
                  ...draft,
                  publicNetworkAccess: event.currentTarget.value as Draft['publicNetworkAccess'],
                })
              }
            >
              <option value="Enabled">Enabled</option>
              <option value="Disabled">Disabled</option>
              {base.publicNetworkAccess === 'SecuredByPerimeter' && (
                <option value="SecuredByPerimeter">SecuredByPerimeter</option>
              )}
            </select>
          </label>
          <label class="field">
            Default action
            <select
              value={draft.defaultAction}
              onChange={(event) =>
                setDraft({
                  ...draft,
                  defaultAction: event.currentTarget.value as Draft['defaultAction'],
                })
              }
            >
              <option value="Allow">Allow</option>
              <option value="Deny">Deny</option>
            </select>
          </label>
        </div>
        <IpRuleTable
          rules={draft.ipRules}
          stored={answer.ipRules}
          onChange={(ipRules) => setDraft({ ...draft, ipRules })}
        />
        <p class="note">
          The first rule that holds an address decides, then the default action. Who is connected
          stays until it connects again.
        </p>
        <SaveNetworkRules
          page={props}
          path={path}
          draft={draft}
          listeners={listeners}
          isDisabled={isLost(feed) || isUnchanged(draft, base)}
          onSaved={(saved) => {
            setBase(draftOf(saved))
            setDraft(draftOf(saved))
            again()
          }}
          onDiscard={() => setDraft(base)}
        />
      </section>
      <TestAddress api={api} path={path} draft={draft} />
    </>
  )
}
