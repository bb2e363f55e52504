import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import { Failure } from './failure.tsx'

type DialogProps = {
  readonly title: string
  readonly onClose: () => void
  readonly children: ComponentChildren
}

/** A dialog over the page. Esc closes it; the focus goes back to who opened it. Source: dashboard 1. */
export function Dialog({ title, onClose, children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null)
  const titleId = useId()
  useEffect(() => {
    const before = document.activeElement
    element.current?.showModal()
    return () => {
      if (before instanceof HTMLElement) before.focus()
    }
  }, [])
  return (
    <dialog
      ref={element}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
    >
      <h2 id={titleId}>{title}</h2>
      {children}
    </dialog>
  )
}

type ConfirmProps = {
  readonly title: string
  /** What happens when it is done. */
  readonly consequence: ComponentChildren
  /** The word on the button. */
  readonly action: string
  /** With this the name has to be typed (level C2); without, a click is enough (C1). */
  readonly typedName?: string
  readonly run: () => Promise<void>
  readonly onClose: () => void
  /** Choices above the buttons. */
  readonly children?: ComponentChildren
}

/** Asks before something that cannot be taken back. It stays open, and says why, when that fails. */
export function Confirm(props: ConfirmProps) {
  const { title, consequence, action, typedName, run, onClose, children } = props
  const [typed, setTyped] = useState('')
  const { isBusy, failure, start } = useAction(run, onClose)
  const isNamed = typedName === undefined || typed === typedName
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (isNamed) start()
        }}
      >
        <p>{consequence}</p>
        {children}
        {typedName !== undefined && (
          <label class="field">
            Type {typedName} to confirm
            <input
              value={typed}
              autocomplete="off"
              onInput={(event) => setTyped(event.currentTarget.value)}
            />
          </label>
        )}
        <Failure failure={failure} />
        <p class="buttons">
          <button type="button" autofocus onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="danger" disabled={isBusy || !isNamed}>
            {isBusy ? 'Working...' : action}
          </button>
        </p>
      </form>
    </Dialog>
  )
}

/** Something a person starts: busy until it is answered, then `onDone`, or what went wrong. */
export function useAction(run: () => Promise<void>, onDone: () => void) {
  const [isBusy, setIsBusy] = useState(false)
  const [failure, setFailure] = useState<Error | null>(null)
  const start = () => {
    if (isBusy) return
    setIsBusy(true)
    setFailure(null)
    run()
      .then(onDone, setFailure)
      .finally(() => setIsBusy(false))
  }
  return { isBusy, failure, start }
}
