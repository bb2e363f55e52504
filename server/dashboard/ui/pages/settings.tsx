import { useEffect, useState } from 'preact/hooks'
import type { Api } from '../../../../console/ui/api.ts'
import { Failure } from '../../../../console/ui/failure.tsx'
import { Skeleton } from '../../../../console/ui/list-view.tsx'
import { PageHeading } from '../../../../console/ui/page-heading.tsx'
import type { PageProps } from '../page.ts'
import { overviewOf } from '../rows.ts'
import { Addresses } from './settings/addresses.tsx'
import { AzureCli } from './settings/azure-cli.tsx'
import { Behaviour } from './settings/behaviour.tsx'
import { BrowserChoices } from './settings/browser-choices.tsx'
import { Certificate } from './settings/certificate.tsx'
import type { Identity, Settings, Trust } from './settings/facts.ts'
import { Versions } from './settings/versions.tsx'

/** What is in force, what this browser likes, and how programs come to trust the emulator. Source: dashboard 2.7. */
export function SettingsPage(page: PageProps) {
  const { api, feed } = page
  const overview = overviewOf(feed.topic('overview').value)
  const epoch = overview?.epoch
  // The overview carries what another browser has changed.
  const mark = overview && `${overview.profile} ${overview.seed} ${overview.loose}`
  const [settings, refusal, setSettings] = useAnswer<Settings>(api, '/settings', `${epoch} ${mark}`)
  const [trust, untrusted] = useAnswer<Trust>(api, '/trust', epoch)
  const [identity] = useAnswer<Identity>(api, '/identity', epoch)
  return (
    <>
      <PageHeading title="Settings" />
      <Failure failure={refusal} />
      {settings === null && refusal === null && <Skeleton />}
      <div class="settings">
        {settings && <Behaviour page={page} settings={settings} onChange={setSettings} />}
        <BrowserChoices preferences={page.preferences} />
        {overview && <Addresses overview={overview} armUrl={identity?.armUrl ?? null} />}
        <Certificate trust={trust} isOwn={untrusted !== null} />
        {identity && <AzureCli api={api} identity={identity} />}
        {overview && <Versions overview={overview} nodeVersion={trust?.nodeVersion ?? null} />}
      </div>
    </>
  )
}

/** What a GET answers, asked again when `mark` is another. */
function useAnswer<Answer>(api: Api, path: string, mark: string | undefined) {
  const [answer, setAnswer] = useState<Answer | null>(null)
  const [failure, setFailure] = useState<Error | null>(null)
  useEffect(() => {
    let isGone = false
    api.get<Answer>(path).then(
      (found) => {
        if (isGone) return
        setAnswer(found)
        setFailure(null)
      },
      (error: Error) => {
        if (!isGone) setFailure(error)
      },
    )
    return () => {
      isGone = true
    }
  }, [api, path, mark])
  return [answer, failure, setAnswer] as const
}
