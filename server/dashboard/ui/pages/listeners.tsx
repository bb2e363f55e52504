import { PageHeading } from '../../../../console/ui/page-heading.tsx'
import type { PageProps } from '../page.ts'
import { ListenersList } from './listeners/listeners-list.tsx'

export function ListenersPage(props: PageProps) {
  return (
    <>
      <PageHeading title="Listeners" />
      <ListenersList {...props} />
    </>
  )
}
