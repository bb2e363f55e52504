import type { Announcer } from '../../../console/ui/announcer.tsx'
import type { Api } from '../../../console/ui/api.ts'
import type { Feed } from '../../../console/ui/feed.ts'
import type { PageLocation } from '../../../console/ui/location.ts'
import type { Preferences } from '../../../console/ui/preferences.ts'

/** What every page of the dashboard works with. */
export type PageProps = {
  readonly feed: Feed
  readonly api: Api
  readonly location: PageLocation
  readonly announcer: Announcer
  readonly preferences: Preferences
}
