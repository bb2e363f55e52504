import { CopyButton } from '../../../../../console/ui/copy-button.tsx'
import type { Trust } from './facts.ts'

type CertificateProps = {
  readonly trust: Trust | null
  /** The relay runs with a certificate of the user's. */
  readonly isOwn: boolean
}

/** The CA, and how each runtime comes to trust it. */
export function Certificate({ trust, isOwn }: CertificateProps) {
  return (
    <section class="card" aria-labelledby="certificate">
      <h2 id="certificate">Certificate</h2>
      {isOwn && (
        <p class="note">The relay runs with a certificate of its own; there is no CA to trust.</p>
      )}
      {trust && (
        <>
          <p>
            <a class="button" href="/ca.pem" download="relay-emulator-ca.pem">
              Download CA
            </a>{' '}
            <span class="note">
              or use the file on the emulator's machine: <code>{trust.caFile}</code>
            </span>
          </p>
          <h3>Trust it</h3>
          {trust.items.map(({ runtime, note, commands }) => (
            <details key={runtime}>
              <summary>
                {runtime}
                {note !== '' && <span class="note"> ({note})</span>}
              </summary>
              <div class="lines">
                <pre tabIndex={0} aria-label={`Commands for ${runtime}`}>
                  {commands.join('\n')}
                </pre>
                <CopyButton what={`commands for ${runtime}`} text={() => commands.join('\n')} />
              </div>
            </details>
          ))}
        </>
      )}
    </section>
  )
}
