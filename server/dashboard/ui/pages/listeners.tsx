import { PageHeading } from '../../../../console/ui/page-heading.tsx'
import type { PageProps } from '../page.ts'

export function ListenersPage(_props: PageProps) {
  return <PageHeading title="Listeners" />
}
