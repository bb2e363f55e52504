import { useState } from 'preact/hooks'
import { Command } from '../../console/ui/command.tsx'
import { Dialog } from '../../console/ui/dialog.tsx'
import type { ServiceRow } from '../contract.ts'

type NoticeProps = {
  readonly service: ServiceRow | undefined
  /** The badge was clicked. */
  readonly isAsked: boolean
  readonly onClose: () => void
}

/** How to upgrade: by itself once per version, and whenever the badge is clicked. Source: dashboard 5. */
export function VersionNotice({ service, isAsked, onClose }: NoticeProps) {
  const [seen, setSeen] = useState(() => localStorage.getItem(KEY))
  const latest = service?.latest ?? null
  if (latest === null || (latest === seen && !isAsked)) return null
  const close = () => {
    localStorage.setItem(KEY, latest)
    setSeen(latest)
    onClose()
  }
  return (
    <Dialog title={`Version ${latest} is available`} onClose={close}>
      <p>
        This is version {service?.version}. Hybrid connections and settings stay; open tunnels end
        when the service restarts.
      </p>
      <ol class="steps">
        <li>
          <Command text={`npm install -g relay-emulator@${latest}`} />
        </li>
        <li>
          <Command text="hcm service restart" />
        </li>
      </ol>
      <p class="buttons">
        <button type="button" class="primary" autofocus onClick={close}>
          Close
        </button>
      </p>
    </Dialog>
  )
}

const KEY = 'version-notice'
