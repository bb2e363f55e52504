import { useEffect, useId, useState } from 'preact/hooks'
import { CopyButton } from '../../../../../console/ui/copy-button.tsx'
import { useAction } from '../../../../../console/ui/dialog.tsx'
import { Failure } from '../../../../../console/ui/failure.tsx'

type SecretProps = {
  readonly label: string
  /** Fetches it: on Reveal and on Copy, and never before. */
  readonly read: () => Promise<string>
  readonly isDisabled: boolean
}

/** How long a revealed secret is shown, ms. Source: dashboard 2.2. */
const SHOWN_MS = 60_000

/** Dots until it is revealed, then the text for 60 s or until the page is left. */
export function Secret({ label, read, isDisabled }: SecretProps) {
  const labelId = useId()
  const [shown, setShown] = useState<string | null>(null)
  useEffect(() => {
    if (shown === null) return undefined
    const timer = setTimeout(() => setShown(null), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [shown])
  const { isBusy, failure, start } = useAction(async () => setShown(await read()), doNothing)
  return (
    <div class="secret" role="group" aria-labelledby={labelId}>
      <span id={labelId}>{label}</span>
      <div>
        {shown === null ? (
          <code aria-label="hidden">••••••••••••</code>
        ) : (
          <code data-secret>{shown}</code>
        )}
        <button
          type="button"
          aria-label={`${shown === null ? 'Reveal' : 'Hide'} ${label}`}
          disabled={isBusy || isDisabled}
          onClick={() => (shown === null ? start() : setShown(null))}
        >
          {shown === null ? 'Reveal' : 'Hide'}
        </button>
        <CopyButton what={label} text={read} />
      </div>
      <Failure failure={failure} />
    </div>
  )
}

function doNothing(): void {}
