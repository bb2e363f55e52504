import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'

type PanelProps = {
  readonly title: string
  readonly onClose: () => void
  /** Buttons below the title. */
  readonly tools?: ComponentChildren
  readonly children: ComponentChildren
}

/** Details beside a table. Esc closes it, unless a dialog, a menu or a text field has a use for the key. */
export function Panel({ title, onClose, tools, children }: PanelProps) {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented) return
      if (document.querySelector('dialog[open], [role=menu]')) return
      if (event.target instanceof HTMLElement && event.target.matches('input, textarea')) return
      onClose()
    }
    document.addEventListener('keydown', onKeyDown)
    return () => document.removeEventListener('keydown', onKeyDown)
  }, [onClose])
  return (
    <aside class="panel" aria-label={title} tabIndex={0}>
      <div class="panel-head">
        <h2>{title}</h2>
        <button type="button" class="quiet" aria-label="Close the details" onClick={onClose}>
          ✕
        </button>
      </div>
      {tools && <div class="tools">{tools}</div>}
      {children}
    </aside>
  )
}
