import { useRef, useState } from 'preact/hooks'

type CopyProps = {
  /** The word on the button. */
  readonly label?: string
  /** What is copied, for those who do not see the button's place. */
  readonly what?: string
  /** Asked for on the click: what is secret is fetched then, and not before. */
  readonly text: () => string | Promise<string>
}

/**
 * Copies on demand. Where the page may not write to the clipboard (it is no secure context) the text stands selected
 * in a field instead. Source: dashboard 8, Secrets.
 */
export function CopyButton({ label = 'Copy', what, text }: CopyProps) {
  const [state, setState] = useState<'idle' | 'copied' | 'failed'>('idle')
  const [shown, setShown] = useState<string | null>(null)
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  const copy = async () => {
    try {
      const value = await text()
      if (await written(value)) setState('copied')
      else setShown(value)
    } catch {
      setState('failed')
    }
    clearTimeout(timer.current)
    timer.current = setTimeout(() => setState('idle'), SAID_MS)
  }
  return (
    <>
      <button
        type="button"
        aria-label={what === undefined ? undefined : `${label} ${what}`}
        onClick={() => void copy()}
      >
        {label}
      </button>
      <span class="said" role="status">
        {state === 'copied' ? 'Copied' : state === 'failed' ? 'Not copied: it was refused' : ''}
      </span>
      {shown !== null && (
        <label class="field">
          The browser does not let this page write to the clipboard: press Ctrl+C
          <input
            readOnly
            value={shown}
            ref={(input) => input?.select()}
            onBlur={() => setShown(null)}
          />
        </label>
      )}
    </>
  )
}

/** How long it says that it has copied, ms. */
const SAID_MS = 2_000

async function written(text: string): Promise<boolean> {
  if (!window.isSecureContext) return false
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return false
  }
}
