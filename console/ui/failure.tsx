import { ApiFailure } from './api.ts'
import { CopyButton } from './copy-button.tsx'

/** What went wrong, with its code and what to do next; nothing when nothing did. Source: dashboard 1, refused. */
export function Failure({ failure }: { readonly failure: Error | null }) {
  if (failure === null) return null
  const message = (failure as Error).message
  const code = failure instanceof ApiFailure ? failure.code : null
  const next = failure instanceof ApiFailure ? failure.next : null
  const details = failure instanceof ApiFailure ? failure.details : []
  const text = JSON.stringify({ code, message, next, details }, null, 2)
  return (
    <div class="failure" role="alert">
      <p>
        {message}
        {code !== null && <code>{code}</code>}
      </p>
      {details.map((detail) => (
        <p key={detail.target}>
          {detail.target}: {detail.message}
        </p>
      ))}
      {next !== null && (
        <p>
          Next: <code>{next}</code>
        </p>
      )}
      <CopyButton label="Copy details" text={() => text} />
    </div>
  )
}
