import { PageHeading } from '../../../../console/ui/page-heading.tsx'
import type { PageProps } from '../page.ts'

export function SettingsPage(_props: PageProps) {
  return <PageHeading title="Settings" />
}
