import { CopyButton } from './copy-button.tsx'

/** A command to paste. */
export function Command({ text }: { readonly text: string }) {
  return (
    <span class="command">
      <code>{text}</code>
      <CopyButton what="command" text={() => text} />
    </span>
  )
}
