import { useEffect, useState } from 'preact/hooks'
import { Announcements } from '../../console/ui/announcer.tsx'
import { FeedBanner } from '../../console/ui/feed-banner.tsx'
import { forgetSession } from '../../console/ui/login.ts'
import { KeyHelp, listenForShortcuts } from '../../console/ui/page-keys.tsx'
import { SkipLink } from '../../console/ui/skip-link.tsx'
import { connectionsOf, type PageProps, serviceOf } from './page.ts'
import { Header } from './header.tsx'
import { Manager } from './manager.tsx'
import { SignedOut } from './signed-out.tsx'
import { VersionNotice } from './version-notice.tsx'

/** The whole page. */
export function App(props: PageProps) {
  const { feed, location, announcer, preferences } = props
  const [hasHelp, setHasHelp] = useState(false)
  const [hasNotice, setHasNotice] = useState(false)
  useEffect(() => {
    const help = () => setHasHelp(true)
    return listenForShortcuts({ pages: {}, feed, location, preferences, help })
  }, [feed, location, preferences])
  const { phase } = feed.status.value
  const service = serviceOf(feed.topic('service').value)
  const view = feed.topic('connections').value
  const rows = connectionsOf(view)
  useSummary(rows.map(({ name, status }) => `${name} ${status}`).join(', '), announcer.sumUp)
  useEffect(() => {
    if (phase === 'refused') forgetSession()
  }, [phase])
  if (phase === 'refused') return <SignedOut failure={null} />
  return (
    <>
      <SkipLink />
      <Header
        feed={feed}
        preferences={preferences}
        service={service}
        onHelp={() => setHasHelp(true)}
        onNotice={() => setHasNotice(true)}
      />
      <FeedBanner feed={feed} server="agent" />
      <main id="main" tabIndex={-1} class={phase === 'live' ? '' : 'stale'}>
        <Manager {...props} view={view} rows={rows} service={service} />
      </main>
      <Announcements announcer={announcer} />
      <VersionNotice service={service} isAsked={hasNotice} onClose={() => setHasNotice(false)} />
      {hasHelp && (
        <KeyHelp pages={[]} preferences={preferences} onClose={() => setHasHelp(false)} />
      )}
    </>
  )
}

/** Says what has changed by itself, not what was there from the start. */
function useSummary(text: string, say: (text: string) => void): void {
  const [before, setBefore] = useState(text)
  useEffect(() => {
    if (text === before) return
    if (before !== '' && text !== '') say(text)
    setBefore(text)
  }, [text, before, say])
}
