import { PageHeading } from '../../../../console/ui/page-heading.tsx'
import type { PageProps } from '../page.ts'
import { EventsList } from './events/events-list.tsx'

export function EventsPage(props: PageProps) {
  return (
    <>
      <PageHeading title="Events" />
      <EventsList {...props} />
    </>
  )
}
