import { Confirm } from '../../../../../console/ui/dialog.tsx'
import type { AppConnectionRow, AppRow } from '../../../contract.ts'
import type { PageProps } from '../../page.ts'
import { plansOf } from '../../rows.ts'
import { appOf, attachmentPath, isPair, labelOf } from './app-names.ts'

type UseKeyProps = {
  readonly page: PageProps
  readonly app: AppRow
  readonly row: AppConnectionRow
  readonly which: 'primary' | 'secondary'
  readonly onClose: () => void
}

/** Gives all apps of the plan that use a hybrid connection its primary or secondary key. Source: dashboard 2.6. */
export function UseKey({ page, app, row, which, onClose }: UseKeyProps) {
  const { api, announcer, feed } = page
  const apps = appsWith(page, app, row)
  return (
    <Confirm
      title={`Use ${which} key for ${row.name}`}
      consequence={`${apps.join(', ')} ${apps.length === 1 ? 'signs' : 'sign'} with the ${which} key of ${row.keyName || 'the send rule'} from the next connection on. Open tunnels stay.`}
      action={`Use ${which} key`}
      run={async () => {
        for (const label of appsWith({ feed }, app, row)) {
          await api.put(attachmentPath(appOf(label), row), { key: which })
        }
        announcer.say(`The ${which} key of ${row.name} is in use`)
      }}
      onClose={onClose}
    />
  )
}

/** Labels of the apps of the same plan that have it attached; this one at least. */
function appsWith(
  { feed }: Pick<PageProps, 'feed'>,
  app: AppRow,
  row: AppConnectionRow,
): readonly string[] {
  const plan = plansOf(feed.topic('entities').value).find(({ apps }) => apps.includes(labelOf(app)))
  return plan?.hybridConnections.find((each) => isPair(each, row))?.apps ?? [labelOf(app)]
}
