import type { Api } from '../../../../../console/ui/api.ts'
import { Command } from '../../../../../console/ui/command.tsx'
import { CopyButton } from '../../../../../console/ui/copy-button.tsx'
import { cloudLines, loginLine } from './az-lines.ts'
import type { Identity } from './facts.ts'

type AzureProps = { readonly api: Api; readonly identity: Identity }
type Credentials = { readonly clientId: string; readonly clientSecret: string }

/** The Azure CLI against this emulator, with the ports in use. */
export function AzureCli({ api, identity }: AzureProps) {
  const { armUrl, tenantId } = identity
  const lines = cloudLines(armUrl)
  return (
    <section class="card" aria-labelledby="azure-cli">
      <h2 id="azure-cli">Azure CLI</h2>
      <p class="note">This one signs in by itself, in a folder of its own beside your login:</p>
      <p>
        <Command text="relay-emulator az -- relay namespace list" />
      </p>
      <p class="note">Or by hand, with the CA trusted by Python (see Certificate):</p>
      <div class="lines">
        <pre tabIndex={0} aria-label="Lines that register the cloud">
          {lines.join('\n')}
        </pre>
        <CopyButton what="lines that register the cloud" text={() => lines.join('\n')} />
      </div>
      <div class="lines">
        <pre tabIndex={0} aria-label="Line that signs in">
          {loginLine({ tenantId, clientId: '...', clientSecret: '...' })}
        </pre>
        <CopyButton
          what="line that signs in, with the secret"
          text={async () =>
            loginLine({ tenantId, ...(await api.post<Credentials>('/identity/credentials')) })
          }
        />
      </div>
    </section>
  )
}
