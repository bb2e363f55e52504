import type { View } from '../../console/ui/feed-store.ts'
import type { Announcer } from '../../console/ui/announcer.tsx'
import { type Api, resource } from '../../console/ui/api.ts'
import type { Feed } from '../../console/ui/feed.ts'
import type { PageLocation } from '../../console/ui/location.ts'
import type { Preferences } from '../../console/ui/preferences.ts'
import type { ConnectionRow, LogRow, ServiceRow } from '../contract.ts'

/** What every part of the page works with. */
export type PageProps = {
  readonly feed: Feed
  readonly api: Api
  readonly location: PageLocation
  readonly announcer: Announcer
  readonly preferences: Preferences
}

/** A row of the feed's topic `connections`. */
export type Row = ConnectionRow & { readonly id: string }

/** The rows of a topic as what the agent's contract says they are. */
export function connectionsOf(view: View): readonly Row[] {
  return view.rows as unknown as readonly Row[]
}

export function serviceOf(view: View): ServiceRow | undefined {
  return view.rows[0] as ServiceRow | undefined
}

export function logsOf(view: View): readonly LogRow[] {
  return view.rows as unknown as readonly LogRow[]
}

/** The path of a row: by its place, for two namespaces may be called the same. */
export function pathOf({ serviceBusEndpoint, name }: ConnectionRow): string {
  return resource('connections', serviceBusEndpoint.replace(/^sb:\/\/|\/$/g, ''), name)
}
