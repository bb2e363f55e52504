import { render } from 'preact'
import { createAnnouncer } from '../../../console/ui/announcer.tsx'
import { Api } from '../../../console/ui/api.ts'
import { openFeed } from '../../../console/ui/feed.ts'
import { openLocation } from '../../../console/ui/location.ts'
import { openPreferences } from '../../../console/ui/preferences.ts'
import { App } from './app.tsx'

const token = () => sessionStorage.getItem('token')
const root = document.getElementById('app')
if (root) {
  const page = {
    feed: openFeed(token),
    api: new Api(token),
    location: openLocation(),
    announcer: createAnnouncer(),
    preferences: openPreferences(),
  }
  render(<App {...page} />, root)
}
