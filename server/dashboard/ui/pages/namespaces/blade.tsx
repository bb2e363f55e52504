import type { ComponentChildren } from 'preact'
import { Skeleton } from '../../../../../console/ui/list-view.tsx'
import { PageHeading } from '../../../../../console/ui/page-heading.tsx'
import { formatRoute } from '../../../../../console/ui/route.ts'
import { StateIcon } from '../../../../../console/ui/state-icon.tsx'
import type { PageProps } from '../../page.ts'
import { DeleteEntity } from './delete-entity.tsx'
import {
  type HybridConnectionFacts,
  hybridConnectionNamed,
  type NamespaceFacts,
  namespaceNamed,
  type Scope,
} from './entities.ts'
import { Gone } from './gone.tsx'
import { OriginBadge } from './origin-badge.tsx'

/** What a blade is shown with: the rows of what it is about. */
export type BladeProps = PageProps & {
  readonly scope: Scope
  readonly namespace: NamespaceFacts
  /** Undefined on blades of a namespace. */
  readonly entity: HybridConnectionFacts | undefined
}

type FrameProps = {
  readonly page: PageProps
  readonly scope: Scope
  /** Last part of the blade's address; empty for the first blade. */
  readonly blade: string
  readonly children: (props: BladeProps) => ComponentChildren
}

type Tab = { readonly title: string; readonly blade: string; readonly path: readonly string[] }

/** A page about one namespace or hybrid connection: where it stands, its state, and its blades. */
export function BladeFrame({ page, scope, blade, children }: FrameProps) {
  const view = page.feed.topic('entities').value
  if (!view.isLoaded) return <Skeleton />
  const namespace = namespaceNamed(view, scope.namespace)
  const entity = hybridConnectionNamed(view, scope)
  const isThere = scope.hybridConnection === null || entity !== undefined
  if (!namespace || !isThere) return <Gone api={page.api} scope={scope} />
  const groups = entity ? entityTabs(namespace.name, entity.name) : namespaceTabs(namespace.name)
  const tabs = groups.flatMap((group) => group.tabs)
  const name = entity?.name ?? namespace.name
  const title = blade === '' ? name : `${name} | ${tabs.find((tab) => tab.blade === blade)?.title}`
  return (
    <>
      <Crumbs namespace={namespace.name} entity={entity?.name} />
      <PageHeading title={title}>
        <OriginBadge origin={(entity ?? namespace).origin} />
        {entity && <EntityState entity={entity} />}
        <span class="spread" />
        <DeleteEntity page={page} namespace={namespace} entity={entity} />
      </PageHeading>
      <nav class="tabs" aria-label={`Blades of ${name}`}>
        {groups.map((group) => (
          <span key={group.label} class="tab-group">
            {group.label !== '' && <small>{group.label}</small>}
            {group.tabs.map((tab) => (
              <a
                key={tab.title}
                href={formatRoute(tab.path)}
                aria-current={tab.blade === blade ? 'page' : undefined}
              >
                {tab.title}
              </a>
            ))}
          </span>
        ))}
      </nav>
      {children({ ...page, scope, namespace, entity })}
    </>
  )
}

/** `Connected (2 listeners)`, never by colour alone. */
function EntityState({ entity }: { readonly entity: HybridConnectionFacts }) {
  const { status, listenerCount } = entity
  if (status !== 'Connected') return <StateIcon tone="calm" word={status} />
  const count = listenerCount === 1 ? '1 listener' : `${listenerCount} listeners`
  return <StateIcon tone="good" word={`${status} (${count})`} />
}

type CrumbsProps = { readonly namespace: string; readonly entity: string | undefined }

function Crumbs({ namespace, entity }: CrumbsProps) {
  return (
    <nav class="crumbs" aria-label="Breadcrumb">
      <a href={formatRoute(['namespaces'])}>Namespaces</a>
      {entity !== undefined && (
        <>
          <span aria-hidden="true">/</span>
          <a href={formatRoute(['ns', namespace])}>{namespace}</a>
        </>
      )}
    </nav>
  )
}

type TabGroup = { readonly label: string; readonly tabs: readonly Tab[] }

function namespaceTabs(name: string): readonly TabGroup[] {
  const tab = (title: string, blade: string): Tab => ({
    title,
    blade,
    path: blade === '' ? ['ns', name] : ['ns', name, blade],
  })
  return [
    { label: 'Entities', tabs: [tab('Hybrid Connections', '')] },
    {
      label: 'Settings',
      tabs: [tab('Shared access policies', 'policies'), tab('Networking', 'networking')],
    },
  ]
}

function entityTabs(namespace: string, name: string): readonly TabGroup[] {
  const tab = (title: string, blade: string): Tab => ({
    title,
    blade,
    path: blade === '' ? ['hc', namespace, name] : ['hc', namespace, name, blade],
  })
  const networking: Tab = {
    title: 'Networking (namespace)',
    blade: 'networking',
    path: ['ns', namespace, 'networking'],
  }
  return [
    { label: '', tabs: [tab('Overview', '')] },
    {
      label: 'Settings',
      tabs: [tab('Shared access policies', 'policies'), tab('Properties', 'properties')],
    },
    { label: '', tabs: [networking] },
    { label: 'Live', tabs: [tab('Listeners', 'listeners'), tab('Connections', 'connections')] },
  ]
}
