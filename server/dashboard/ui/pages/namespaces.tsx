import { PageHeading } from '../../../../console/ui/page-heading.tsx'
import type { PageProps } from '../page.ts'

export function NamespacesPage(_props: PageProps) {
  return <PageHeading title="Namespaces" />
}
