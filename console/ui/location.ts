import { type ReadonlySignal, signal } from '@preact/signals'
import { formatRoute, parseRoute, type Route } from './route.ts'

/** Where the page is, as a signal, and how it goes elsewhere. */
export type PageLocation = {
  readonly route: ReadonlySignal<Route>
  go(path: readonly string[], query?: Readonly<Record<string, string>>): void
  /** Sets one parameter of the present place without an entry in the history. */
  setQuery(key: string, value: string): void
}

export function openLocation(): PageLocation {
  const route = signal(parseRoute(location.hash))
  window.addEventListener('hashchange', () => {
    route.value = parseRoute(location.hash)
  })
  return {
    route,
    go(path, query) {
      location.hash = formatRoute(path, query)
    },
    setQuery(key, value) {
      const { path, query } = route.value
      history.replaceState(null, '', formatRoute(path, { ...query, [key]: value }))
      route.value = parseRoute(location.hash)
    },
  }
}
