import { PageHeading } from '../../../../console/ui/page-heading.tsx'
import type { PageProps } from '../page.ts'

export function EventsPage(_props: PageProps) {
  return <PageHeading title="Events" />
}
