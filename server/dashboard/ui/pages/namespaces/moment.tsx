/** A day and time, local; UTC on hover. */
export function Moment({ at }: { readonly at: string }) {
  const date = new Date(at)
  const text = `${date.toLocaleDateString('en-CA')} ${date.toLocaleTimeString('en-GB')}`
  return (
    <time dateTime={at} title={at}>
      {text}
    </time>
  )
}
