import { useId } from 'preact/hooks'

type NameProps = {
  readonly label: string
  readonly value: string
  /** What is wrong with it; said once something was typed. */
  readonly wrong: string | undefined
  readonly onInput: (value: string) => void
}

/** A name that is judged while it is typed. */
export function NameField({ label, value, wrong, onInput }: NameProps) {
  const hintId = useId()
  const isWrong = value !== '' && wrong !== undefined
  return (
    <div class="field">
      <label>
        {label}
        <input
          value={value}
          autofocus
          autocomplete="off"
          spellcheck={false}
          aria-invalid={isWrong}
          aria-describedby={hintId}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      </label>
      <small id={hintId} class={isWrong ? 'wrong' : 'note'} role="status">
        {isWrong ? wrong : ' '}
      </small>
    </div>
  )
}

type EndpointProps = {
  readonly host: string
  readonly port: string
  readonly onHost: (host: string) => void
  readonly onPort: (port: string) => void
}

/** The endpoint of a hybrid connection. */
export function EndpointFields({ host, port, onHost, onPort }: EndpointProps) {
  return (
    <div class="field-row">
      <label class="field wide">
        Endpoint hostname
        <input
          value={host}
          placeholder="db.corp.local"
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => onHost(event.currentTarget.value)}
        />
      </label>
      <label class="field">
        Endpoint port
        <input
          value={port}
          placeholder="5432"
          inputMode="numeric"
          autocomplete="off"
          onInput={(event) => onPort(event.currentTarget.value)}
        />
      </label>
    </div>
  )
}

type ButtonsProps = {
  readonly action: string
  readonly isBusy: boolean
  readonly isReady: boolean
  readonly onClose: () => void
}

/** Cancel, and what the dialog is for: busy until the server has answered. */
export function FormButtons({ action, isBusy, isReady, onClose }: ButtonsProps) {
  return (
    <p class="buttons">
      <button type="button" onClick={onClose}>
        Cancel
      </button>
      <button type="submit" class="primary" disabled={isBusy || !isReady}>
        {isBusy ? 'Working...' : action}
      </button>
    </p>
  )
}
