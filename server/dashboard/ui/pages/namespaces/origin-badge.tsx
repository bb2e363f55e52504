/** Marks what the configuration file brought; changing it is allowed, and lasts until the file is read again. */
export function OriginBadge({ origin }: { readonly origin: 'file' | 'runtime' }) {
  if (origin !== 'file') return null
  return (
    <span
      class="badge"
      title="From the configuration file: the next reload brings the file's state back"
    >
      file
    </span>
  )
}

export function OriginNote({ origin }: { readonly origin: 'file' | 'runtime' }) {
  if (origin !== 'file') return null
  return (
    <p class="note">
      It comes from the configuration file: the next reload brings the file&apos;s state back.
    </p>
  )
}
