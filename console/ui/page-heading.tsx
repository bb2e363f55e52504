import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'

type HeadingProps = {
  readonly title: string
  /** Buttons beside it. */
  readonly children?: ComponentChildren
}

/** The one `h1` of a page. It takes the focus when the page was gone to. */
export function PageHeading({ title, children }: HeadingProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  useLayoutEffect(() => {
    document.title = `${title} - relay-emulator`
    if (hasNavigated) heading.current?.focus()
    hasNavigated = true
  }, [title])
  return (
    <div class="heading">
      <h1 ref={heading} tabIndex={-1}>
        {title}
      </h1>
      {children}
    </div>
  )
}

/** The first page of a visit leaves the focus where browsers put it. */
let hasNavigated = false
