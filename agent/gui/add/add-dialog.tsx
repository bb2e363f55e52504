import { useState } from 'preact/hooks'
import type { Announcer } from '../../../console/ui/announcer.tsx'
import type { Api } from '../../../console/ui/api.ts'
import { Dialog } from '../../../console/ui/dialog.tsx'
import { ByString } from './by-string.tsx'
import { WithAzure } from './with-azure.tsx'

export type AddProps = {
  readonly api: Api
  readonly announcer: Announcer
  readonly onClose: () => void
}

const WAYS = [
  { title: 'Use Connection String', Content: ByString },
  { title: 'Select with Azure', Content: WithAzure },
] as const

/** The two ways to add hybrid connections. Source: dashboard 5, + New. */
export function AddDialog(props: AddProps) {
  const [index, setIndex] = useState(0)
  const { Content, title } = WAYS[index] ?? WAYS[0]
  return (
    <Dialog title="Add hybrid connections" onClose={props.onClose}>
      <div class="tabs" role="tablist" aria-label="How to add them" onKeyDown={moveFocus}>
        {WAYS.map((way, at) => (
          <button
            key={way.title}
            type="button"
            role="tab"
            id={`tab-${at}`}
            aria-controls="way"
            aria-selected={at === index}
            tabIndex={at === index ? 0 : -1}
            onClick={() => setIndex(at)}
            onFocus={() => setIndex(at)}
          >
            {way.title}
          </button>
        ))}
      </div>
      <div id="way" role="tabpanel" aria-labelledby={`tab-${index}`} key={title}>
        <Content {...props} />
      </div>
    </Dialog>
  )
}

/** The arrow keys go from tab to tab. */
function moveFocus(event: KeyboardEvent & { readonly currentTarget: HTMLElement }): void {
  const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
  if (step === 0) return
  const tabs = [...event.currentTarget.querySelectorAll<HTMLElement>('[role=tab]')]
  const at = tabs.indexOf(document.activeElement as HTMLElement)
  tabs[(at + step + tabs.length) % tabs.length]?.focus()
  event.preventDefault()
}
