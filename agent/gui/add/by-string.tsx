import { useMemo, useState } from 'preact/hooks'
import { useAction } from '../../../console/ui/dialog.tsx'
import { StateIcon } from '../../../console/ui/state-icon.tsx'
import { checkLines, maskKeys } from '../../connection-string-lines.ts'
import type { ConnectionRow } from '../../contract.ts'
import type { AddProps } from './add-dialog.tsx'

/** A string that the agent refused, and why. */
type Refusal = { readonly text: string; readonly why: string }

/** One connection string per line, checked while it is typed; its key is hidden when the field is left. */
export function ByString({ api, announcer, onClose }: AddProps) {
  const [text, setText] = useState('')
  const [isEditing, setIsEditing] = useState(false)
  const [refusals, setRefusals] = useState<readonly Refusal[]>([])
  const lines = useMemo(() => checkLines(text), [text])
  const isGood = lines.length > 0 && lines.every(({ problem }) => problem === null)
  const add = useAction(
    async () => {
      const failed: Refusal[] = []
      let added = 0
      for (const line of lines) {
        try {
          await api.post<ConnectionRow>('/connections', { connectionString: line.text })
          added += 1
        } catch (error) {
          failed.push({ text: line.text, why: (error as Error).message })
        }
      }
      setRefusals(failed)
      setText(failed.map((each) => each.text).join('\n'))
      announcer.say(`${added} added, ${failed.length} refused`)
      if (failed.length === 0) onClose()
    },
    () => undefined,
  )
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (isGood) add.start()
      }}
    >
      <label class="field">
        Gateway connection strings, one per line
        <textarea
          class="mono"
          rows={6}
          autofocus
          spellcheck={false}
          autocomplete="off"
          placeholder="Endpoint=sb://NAMESPACE.servicebus.windows.net/;SharedAccessKeyName=defaultListener;SharedAccessKey=...;EntityPath=NAME"
          aria-describedby="line-states"
          value={isEditing ? text : maskKeys(text)}
          onFocus={() => setIsEditing(true)}
          onBlur={() => setIsEditing(false)}
          onInput={(event) => {
            setRefusals([])
            setText(event.currentTarget.value)
          }}
        />
      </label>
      <ul class="line-states" id="line-states" aria-label="What was read">
        {lines.map(({ line, text: own, name, problem }) => {
          const why = problem ?? refusals.find((each) => each.text === own)?.why ?? null
          return (
            <li key={line}>
              <span class="note">Line {line}</span>
              <StateIcon
                tone={why === null ? 'good' : 'bad'}
                word={why === null ? name : `${name === '' ? '' : `${name}: `}${why}`}
              />
            </li>
          )
        })}
      </ul>
      <p class="buttons">
        <button type="button" onClick={onClose}>
          Cancel
        </button>
        <button type="submit" class="primary" disabled={!isGood || add.isBusy}>
          {add.isBusy ? 'Adding...' : 'Add'}
        </button>
      </p>
    </form>
  )
}
