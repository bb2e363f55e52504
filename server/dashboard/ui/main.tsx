import { render } from 'preact'
import { createAnnouncer } from '../../../console/ui/announcer.tsx'
import { Api } from '../../../console/ui/api.ts'
import { openFeed } from '../../../console/ui/feed.ts'
import { openLocation } from '../../../console/ui/location.ts'
import { logInByLink, reloadOnLoginLink, sessionToken } from '../../../console/ui/login.ts'
import { openPreferences } from '../../../console/ui/preferences.ts'
import { Door } from './door.tsx'

const preferences = openPreferences()
const failure = await logInByLink()
reloadOnLoginLink()
const root = document.getElementById('app')
if (root) {
  const page = {
    feed: openFeed(sessionToken),
    api: new Api(sessionToken),
    location: openLocation(),
    announcer: createAnnouncer(),
    preferences,
  }
  render(<Door {...page} failure={failure} />, root)
}
