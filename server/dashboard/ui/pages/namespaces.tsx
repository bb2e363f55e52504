import type { ComponentChildren } from 'preact'
import type { PageProps } from '../page.ts'
import { ConnectionsList } from './connections/connections-list.tsx'
import { ListenersList } from './listeners/listeners-list.tsx'
import { BladeFrame, type BladeProps } from './namespaces/blade.tsx'
import { EntityOverview } from './namespaces/entity-overview.tsx'
import type { HybridConnectionFacts } from './namespaces/entities.ts'
import { HybridConnectionList } from './namespaces/hybrid-connection-list.tsx'
import { NamespaceList } from './namespaces/namespace-list.tsx'
import { Networking } from './namespaces/networking.tsx'
import { Policies } from './namespaces/policies.tsx'
import { Properties } from './namespaces/properties.tsx'

/** Namespaces, hybrid connections and their blades. Source: dashboard 2.2. */
export function NamespacesPage(page: PageProps) {
  const [first, namespace = '', ...rest] = page.location.route.value.path
  if (namespace === '' || (first !== 'ns' && first !== 'hc')) return <NamespaceList {...page} />
  const [name, blade] = first === 'hc' ? rest : [null, rest[0]]
  const scope = { namespace, hybridConnection: name ?? null }
  const blades = scope.hybridConnection === null ? NAMESPACE_BLADES : ENTITY_BLADES
  const known = blade !== undefined && Object.hasOwn(blades, blade) ? blade : ''
  return (
    <BladeFrame page={page} scope={scope} blade={known}>
      {(props) => blades[known]?.(props)}
    </BladeFrame>
  )
}

type Blade = (props: BladeProps) => ComponentChildren

/** By the last part of the address. */
const NAMESPACE_BLADES: Readonly<Record<string, Blade>> = {
  '': (props) => <HybridConnectionList {...props} />,
  policies: (props) => <Policies {...props} />,
  networking: (props) => <Networking {...props} />,
}

const ENTITY_BLADES: Readonly<Record<string, Blade>> = {
  '': (props) => props.entity && <EntityOverview {...props} entity={props.entity} />,
  policies: (props) => <Policies {...props} />,
  properties: (props) => props.entity && <Properties {...props} entity={props.entity} />,
  listeners: (props) => props.entity && <ListenersList {...props} of={pathOf(props.entity)} />,
  connections: (props) => props.entity && <ConnectionsList {...props} of={pathOf(props.entity)} />,
}

function pathOf({ namespace, name }: HybridConnectionFacts) {
  return { namespace, hybridConnection: name }
}
