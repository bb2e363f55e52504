import { PageHeading } from '../../../../console/ui/page-heading.tsx'
import type { PageProps } from '../page.ts'
import { ConnectionsList } from './connections/connections-list.tsx'

export function ConnectionsPage(props: PageProps) {
  return (
    <>
      <PageHeading title="Connections" />
      <ConnectionsList {...props} />
    </>
  )
}
