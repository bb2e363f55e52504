import type { ComponentType } from 'preact'
import type { PageProps } from './page.ts'
import { AppsPage } from './pages/apps.tsx'
import { ConnectionsPage } from './pages/connections.tsx'
import { EventsPage } from './pages/events.tsx'
import { ListenersPage } from './pages/listeners.tsx'
import { NamespacesPage } from './pages/namespaces.tsx'
import { Overview } from './pages/overview.tsx'
import { RequestsPage } from './pages/requests.tsx'
import { SettingsPage } from './pages/settings.tsx'
import { UsagePage } from './pages/usage.tsx'

/** A page of the navigation; `key` is the letter that goes there behind `g`. */
export type Page = {
  readonly title: string
  readonly key: string
  readonly path: readonly string[]
  readonly Content: ComponentType<PageProps>
}

const OVERVIEW: Page = { title: 'Overview', key: 'o', path: ['overview'], Content: Overview }

/** In the order of dashboard 2. */
export const PAGES: readonly Page[] = [
  OVERVIEW,
  { title: 'Namespaces', key: 'n', path: ['namespaces'], Content: NamespacesPage },
  { title: 'Listeners', key: 'l', path: ['listeners'], Content: ListenersPage },
  { title: 'Connections', key: 'c', path: ['connections'], Content: ConnectionsPage },
  { title: 'HTTP requests', key: 'i', path: ['requests'], Content: RequestsPage },
  { title: 'Apps', key: 'a', path: ['apps'], Content: AppsPage },
  { title: 'Usage', key: 'u', path: ['usage'], Content: UsagePage },
  { title: 'Events', key: 'e', path: ['events'], Content: EventsPage },
  { title: 'Settings', key: 's', path: ['settings'], Content: SettingsPage },
]

/** Blades of namespaces stand under `ns` and `hc`, those of apps under `apps` and `plans`. */
const FIRST_PARTS: Readonly<Record<string, string>> = {
  ns: 'namespaces',
  hc: 'namespaces',
  plans: 'apps',
}

/** The page that a path belongs to; the overview for what is none. */
export function pageOf(path: readonly string[]): Page {
  const first = path[0] ?? ''
  const known = Object.hasOwn(FIRST_PARTS, first) ? FIRST_PARTS[first] : first
  return PAGES.find((page) => page.path[0] === known) ?? OVERVIEW
}
