import type { PageProps } from './page.ts'

/** A hybrid connection whose rows alone are shown. */
export type Scope = { readonly namespace: string; readonly hybridConnection: string }

/** Lists that stand on a page of their own, and on the blade of a hybrid connection. */
export type ScopedProps = PageProps & { readonly of?: Scope }

/** The rows of a hybrid connection; all of them without one. Names are compared without case. */
export function within<Row extends Scope>(
  rows: readonly Row[],
  scope: Scope | undefined,
): readonly Row[] {
  if (!scope) return rows
  const wanted = keyOf(scope)
  return rows.filter((row) => keyOf(row) === wanted)
}

/** `contoso/sql`, as people call it. */
export function entityPath({ namespace, hybridConnection }: Scope): string {
  return `${namespace}/${hybridConnection}`
}

function keyOf(scope: Scope): string {
  return entityPath(scope).toLowerCase()
}
