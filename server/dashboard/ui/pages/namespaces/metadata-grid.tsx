import { type MetadataEntry, moved } from './metadata-text.ts'

type GridProps = {
  readonly entries: readonly MetadataEntry[]
  readonly onChange: (entries: readonly MetadataEntry[]) => void
}

/** Keys and values that can be added, removed and put in another order. */
export function MetadataGrid({ entries, onChange }: GridProps) {
  const change = (index: number, part: Partial<MetadataEntry>) =>
    onChange(entries.map((entry, at) => (at === index ? { ...entry, ...part } : entry)))
  return (
    <>
      <table class="form-table" aria-label="Keys and values">
        <thead>
          <tr>
            <th scope="col">Key</th>
            <th scope="col">Value</th>
            <th scope="col">
              <span class="unseen">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {entries.map(({ key, value }, index) => (
            // Rows have no names of their own: the same key may stand twice.
            <tr key={index}>
              <td>
                <input
                  aria-label={`Key ${index + 1}`}
                  value={key}
                  spellcheck={false}
                  onInput={(event) => change(index, { key: event.currentTarget.value })}
                />
              </td>
              <td>
                <input
                  aria-label={`Value ${index + 1}`}
                  value={value}
                  spellcheck={false}
                  onInput={(event) => change(index, { value: event.currentTarget.value })}
                />
              </td>
              <td class="row-actions">
                <RowActions
                  name={`row ${index + 1}`}
                  index={index}
                  count={entries.length}
                  onMove={(to) => onChange(moved(entries, index, to))}
                  onRemove={() => onChange(entries.toSpliced(index, 1))}
                />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <button
        type="button"
        onClick={() => {
          const key = entries.length === 0 ? 'endpoint' : ''
          onChange([...entries, { key, value: '' }])
        }}
      >
        Add row
      </button>
    </>
  )
}

type ActionsProps = {
  readonly name: string
  readonly index: number
  readonly count: number
  readonly onMove: (to: number) => void
  readonly onRemove: () => void
}

/** Up, down and away, for rows whose order matters. */
export function RowActions({ name, index, count, onMove, onRemove }: ActionsProps) {
  return (
    <>
      <button
        type="button"
        class="quiet"
        aria-label={`Move ${name} up`}
        disabled={index === 0}
        onClick={() => onMove(index - 1)}
      >
        ↑
      </button>
      <button
        type="button"
        class="quiet"
        aria-label={`Move ${name} down`}
        disabled={index === count - 1}
        onClick={() => onMove(index + 1)}
      >
        ↓
      </button>
      <button type="button" class="quiet" aria-label={`Remove ${name}`} onClick={onRemove}>
        ✕
      </button>
    </>
  )
}
