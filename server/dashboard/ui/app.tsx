import { useEffect, useState } from 'preact/hooks'
import { Announcements } from '../../../console/ui/announcer.tsx'
import { FeedBanner } from '../../../console/ui/feed-banner.tsx'
import { KeyHelp, listenForShortcuts } from '../../../console/ui/page-keys.tsx'
import { formatRoute } from '../../../console/ui/route.ts'
import { SkipLink } from '../../../console/ui/skip-link.tsx'
import type { PageProps } from './page.ts'
import { PAGES, pageOf } from './pages.tsx'
import { Tiles } from './tiles.tsx'

export function App(props: PageProps) {
  const { feed, location, announcer, preferences } = props
  const [hasHelp, setHasHelp] = useState(false)
  useEffect(
    () =>
      listenForShortcuts({
        pages: Object.fromEntries(PAGES.map(({ key, path }) => [key, path])),
        feed,
        location,
        preferences,
        help: () => setHasHelp(true),
      }),
    [feed, location, preferences],
  )
  const { route } = location
  const page = pageOf(route.value.path)
  const Content = page.Content
  return (
    <>
      <SkipLink />
      <header class="bar">
        <strong>relay-emulator</strong>
        <span class="spread" />
        <span>Feed: {feed.waiting.value === null ? feed.status.value.phase : 'paused'}</span>
        <button type="button" aria-label="Keys" onClick={() => setHasHelp(true)}>
          ?
        </button>
      </header>
      <FeedBanner feed={feed} server="emulator" />
      <Tiles {...props} />
      <nav aria-label="Pages">
        {PAGES.map(({ title, path }) => (
          <a
            key={title}
            href={formatRoute(path)}
            aria-current={path[0] === page.path[0] ? 'page' : undefined}
          >
            {title}
          </a>
        ))}
      </nav>
      <main id="main" tabIndex={-1} class={feed.status.value.phase === 'live' ? '' : 'stale'}>
        <Content key={route.value.path.join('/')} {...props} />
      </main>
      <Announcements announcer={announcer} />
      {hasHelp && <KeyHelp pages={PAGES} onClose={() => setHasHelp(false)} />}
    </>
  )
}
