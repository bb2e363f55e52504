import { useLayoutEffect, useRef } from 'preact/hooks'

/** One thing a menu offers; with `disabledBecause` it is shown, and says why it cannot be done. */
export type MenuItem = {
  readonly label: string
  readonly run: () => void
  readonly disabledBecause?: string
}

type MenuProps = {
  readonly label: string
  readonly items: readonly MenuItem[]
  /** Where it opens, px of the window. */
  readonly at: { readonly x: number; readonly y: number }
  readonly onClose: () => void
}

/** A menu over the page. It has the focus until it closes, which then goes back to where it was. */
export function Menu({ label, items, at, onClose }: MenuProps) {
  const list = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    const element = list.current
    if (!element) return
    // What is opened at the edge of the window stays inside it.
    const { width, height } = element.getBoundingClientRect()
    const { clientWidth, clientHeight } = document.documentElement
    element.style.left = `${Math.max(EDGE_PX, Math.min(at.x, clientWidth - width - EDGE_PX))}px`
    element.style.top = `${Math.max(EDGE_PX, Math.min(at.y, clientHeight - height - EDGE_PX))}px`
  }, [at.x, at.y])
  // Before anybody sees it: the next key is meant for it.
  useLayoutEffect(() => {
    const before = document.activeElement
    list.current?.querySelector<HTMLElement>('[role=menuitem]')?.focus()
    return () => {
      if (before instanceof HTMLElement) before.focus()
    }
  }, [])
  const move = (step: number) => {
    const entries = [...(list.current?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])]
    const index = entries.findIndex((entry) => entry === document.activeElement)
    entries[(index + step + entries.length) % entries.length]?.focus()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') move(1)
    else if (event.key === 'ArrowUp') move(-1)
    else if (event.key === 'Escape' || event.key === 'Tab') onClose()
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  return (
    <>
      <div class="menu-veil" onClick={onClose} />
      <div ref={list} class="menu" role="menu" aria-label={label} onKeyDown={onKeyDown}>
        {items.map(({ label: text, run, disabledBecause }) => (
          <button
            key={text}
            type="button"
            role="menuitem"
            tabIndex={-1}
            aria-disabled={disabledBecause !== undefined}
            title={disabledBecause}
            onClick={() => {
              if (disabledBecause !== undefined) return
              onClose()
              run()
            }}
          >
            {text}
            {disabledBecause !== undefined && <small>{disabledBecause}</small>}
          </button>
        ))}
      </div>
    </>
  )
}

/** Least distance from the window's edges, px. */
const EDGE_PX = 8
