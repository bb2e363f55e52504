import { isLost } from '../../../../../console/ui/feed.ts'
import { useState } from 'preact/hooks'
import { resource } from '../../../../../console/ui/api.ts'
import { Confirm } from '../../../../../console/ui/dialog.tsx'
import { count } from '../../../../../console/ui/format.ts'
import type { PageProps } from '../../page.ts'
import { type HybridConnectionFacts, type NamespaceFacts, partsOf } from './entities.ts'
import { OriginNote } from './origin-badge.tsx'

type DeleteProps = {
  readonly page: PageProps
  readonly namespace: NamespaceFacts
  /** Left out: the namespace itself goes. */
  readonly entity?: HybridConnectionFacts | undefined
}

/** The button of a blade; afterwards the page is the list that it stood in. */
export function DeleteEntity(props: DeleteProps) {
  const [isAsking, setIsAsking] = useState(false)
  const { page, namespace, entity } = props
  return (
    <>
      <button
        type="button"
        class="danger"
        disabled={isLost(page.feed)}
        onClick={() => setIsAsking(true)}
      >
        Delete
      </button>
      {isAsking && (
        <ConfirmDelete
          {...props}
          onClose={() => setIsAsking(false)}
          onDeleted={() => page.location.go(entity ? ['ns', namespace.name] : ['namespaces'])}
        />
      )}
    </>
  )
}

type ConfirmProps = DeleteProps & {
  readonly onClose: () => void
  readonly onDeleted?: () => void
}

/** A hybrid connection's name has to be typed when somebody listens, a namespace's always. Source: dashboard 2.2. */
export function ConfirmDelete({ page, namespace, entity, onClose, onDeleted }: ConfirmProps) {
  const name = entity?.name ?? namespace.name
  const mustType = !entity || entity.listenerCount > 0
  const path = resource(
    ...partsOf({ namespace: namespace.name, hybridConnection: entity?.name ?? null }),
  )
  return (
    <Confirm
      title={`Delete ${entity ? 'hybrid connection' : 'namespace'} ${name}?`}
      consequence={entity ? entityConsequence(entity) : namespaceConsequence(namespace)}
      action="Delete"
      {...(mustType && { typedName: name })}
      run={async () => {
        await page.api.delete(path)
        page.announcer.say(`${name} was deleted`)
        onDeleted?.()
      }}
      onClose={onClose}
    >
      <OriginNote origin={(entity ?? namespace).origin} />
    </Confirm>
  )
}

function entityConsequence({ namespace, name, listenerCount, open }: HybridConnectionFacts) {
  const tunnels = open === 0 ? '' : `, and ${count(open, 'open tunnel')} with it`
  const peers =
    listenerCount === 0
      ? 'Nobody listens on it now.'
      : `${count(listenerCount, 'listener')} will be closed with 1001${tunnels}.`
  return `${namespace}/${name}, its policies and its keys go for good. ${peers}`
}

function namespaceConsequence({ name, hybridConnections, listeners, open }: NamespaceFacts) {
  return `${name} goes with ${count(hybridConnections, 'hybrid connection')}, their policies and keys, ${count(listeners, 'listener')} and ${count(open, 'open tunnel')}.`
}
