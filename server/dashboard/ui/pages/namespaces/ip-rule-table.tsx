import type { NetworkRules } from '../../../contract.ts'
import { RowActions } from './metadata-grid.tsx'
import { moved } from './metadata-text.ts'
import type { DraftRule } from './network-draft.ts'

type TableProps = {
  readonly rules: readonly DraftRule[]
  /** As stored, with their hits. */
  readonly stored: NetworkRules['ipRules']
  readonly onChange: (rules: readonly DraftRule[]) => void
}

/** The rules in their order, which decides. */
export function IpRuleTable({ rules, stored, onChange }: TableProps) {
  const change = (index: number, part: Partial<DraftRule>) =>
    onChange(rules.map((rule, at) => (at === index ? { ...rule, ...part } : rule)))
  return (
    <>
      {rules.length === 0 ? (
        <p class="note">No rule: the default action decides.</p>
      ) : (
        <table class="form-table" aria-label="IP rules">
          <thead>
            <tr>
              <th scope="col">Address or range</th>
              <th scope="col">Action</th>
              <th scope="col">Hits since start</th>
              <th scope="col">
                <span class="unseen">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {rules.map((rule, index) => (
              // The same range may stand twice while it is written.
              <tr key={index}>
                <td>
                  <input
                    aria-label={`Address or range ${index + 1}`}
                    value={rule.ipMask}
                    placeholder="10.0.0.0/8"
                    spellcheck={false}
                    onInput={(event) => change(index, { ipMask: event.currentTarget.value })}
                  />
                </td>
                <td>
                  <select
                    aria-label={`Action ${index + 1}`}
                    value={rule.action}
                    onChange={(event) =>
                      change(index, { action: event.currentTarget.value as DraftRule['action'] })
                    }
                  >
                    <option value="Allow">Allow</option>
                    <option value="Deny">Deny</option>
                  </select>
                </td>
                <td class="number">{hitsOf(rule, stored)}</td>
                <td class="row-actions">
                  <RowActions
                    name={`rule ${index + 1}`}
                    index={index}
                    count={rules.length}
                    onMove={(to) => onChange(moved(rules, index, to))}
                    onRemove={() => onChange(rules.toSpliced(index, 1))}
                  />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <button type="button" onClick={() => onChange([...rules, { ipMask: '', action: 'Allow' }])}>
        Add rule
      </button>
    </>
  )
}

function hitsOf({ ipMask, action }: DraftRule, stored: NetworkRules['ipRules']): string {
  const known = stored.find((rule) => rule.ipMask === ipMask && rule.action === action)
  return known ? known.hits.toLocaleString('en') : '–'
}
