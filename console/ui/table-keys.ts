/** What a key does in a table whose row `active` (-1: none) of `count` has the focus. */
export type TableAction =
  { readonly kind: 'move'; readonly to: number } | { readonly kind: 'open' | 'tick' | 'menu' }

/** Null: the table has no use for the key. Source: dashboard 1, Keyboard. */
export function tableAction(
  key: string,
  hasShift: boolean,
  { active, count, page }: { active: number; count: number; page: number },
): TableAction | null {
  const move = (to: number): TableAction => ({
    kind: 'move',
    to: Math.max(0, Math.min(count - 1, to)),
  })
  if (count === 0) return null
  switch (key) {
    case 'ArrowDown':
      return move(active + 1)
    case 'ArrowUp':
      return move(active - 1)
    case 'PageDown':
      return move(active + page)
    case 'PageUp':
      return move(active - page)
    case 'Home':
      return move(0)
    case 'End':
      return move(count - 1)
  }
  if (active === -1) return null
  if (key === 'Enter') return { kind: 'open' }
  if (key === ' ') return { kind: 'tick' }
  if (key === 'ContextMenu' || (key === 'F10' && hasShift)) return { kind: 'menu' }
  return null
}
