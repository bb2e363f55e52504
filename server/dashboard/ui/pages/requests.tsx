import { PageHeading } from '../../../../console/ui/page-heading.tsx'
import type { PageProps } from '../page.ts'
import { RequestsList } from './requests/requests-list.tsx'

export function RequestsPage(props: PageProps) {
  return (
    <>
      <PageHeading title="HTTP requests" />
      <RequestsList {...props} />
    </>
  )
}
