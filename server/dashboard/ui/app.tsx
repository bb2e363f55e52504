import type { Feed } from './feed.ts'
import { FeedBanner } from './feed-banner.tsx'
import { Overview } from './pages/overview.tsx'
import { Tiles } from './tiles.tsx'

export function App({ feed }: { readonly feed: Feed }) {
  return (
    <>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <header class="bar">
        <strong>relay-emulator</strong>
      </header>
      <FeedBanner status={feed.status} />
      <Tiles feed={feed} />
      <main id="main" tabIndex={-1}>
        <Overview feed={feed} />
      </main>
    </>
  )
}
