import type { PageProps } from '../page.ts'
import { AppList } from './apps/app-list.tsx'
import { AppPage } from './apps/app-page.tsx'
import { PlanList } from './apps/plan-list.tsx'

/** Apps, one app, or the plans. Source: dashboard 2.6. */
export function AppsPage(props: PageProps) {
  const [first, app, slot] = props.location.route.value.path
  if (first === 'plans') return <PlanList {...props} />
  if (app === undefined) return <AppList {...props} />
  return <AppPage {...props} app={app} slot={slot ?? null} />
}
