import { PageHeading } from '../../../../console/ui/page-heading.tsx'
import type { PageProps } from '../page.ts'

export function UsagePage(_props: PageProps) {
  return <PageHeading title="Usage" />
}
