import type { PageLocation } from '../../../console/ui/location.ts'

/** Which row's details are shown. It stands in the URL, so that a link leads to them. */
export type Selection = {
  readonly id: string | null
  open(id: string): void
  close(): void
}

export function selectionOf(location: PageLocation): Selection {
  return {
    id: location.route.value.query['id'] ?? null,
    open: (id) => location.setQuery('id', id),
    close: () => location.setQuery('id', ''),
  }
}
