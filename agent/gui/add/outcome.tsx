import { StateIcon } from '../../../console/ui/state-icon.tsx'
import type { AddedRow } from '../../contract.ts'

/** What became of each that was chosen. */
export function Outcome({ rows }: { readonly rows: readonly AddedRow[] }) {
  return (
    <ul class="outcome" aria-label="Result">
      {rows.map(({ resourceId, error }) => (
        <li key={resourceId}>
          <StateIcon
            tone={error === null ? 'good' : 'bad'}
            word={`${nameOf(resourceId)}: ${error === null ? 'added' : error.message}`}
          />
          {error?.next && (
            <p class="note">
              Next: <code>{error.next}</code>
            </p>
          )}
        </li>
      ))}
    </ul>
  )
}

function nameOf(resourceId: string): string {
  const [, namespace = '', name = ''] =
    /\/namespaces\/([^/]+)\/hybridConnections\/(.+)$/i.exec(resourceId) ?? []
  return `${namespace}/${name.replaceAll('~', '/')}`
}
